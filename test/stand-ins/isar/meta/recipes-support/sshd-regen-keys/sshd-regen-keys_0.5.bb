DESCRIPTION = "Stand-in for isar's package that makes host keys at the first start"
MAINTAINER = "stand-in <stand-in@example.org>"
inherit dpkg-raw
DPKG_ARCH = "all"
DEBIAN_DEPENDS = "openssh-server"
SRC_URI = "file://sshd-regen-keys.service"
do_install() {
    install -d "${D}/usr/lib/systemd/system"
    install -m 644 "${WORKDIR}/sshd-regen-keys.service" "${D}/usr/lib/systemd/system/"
}
