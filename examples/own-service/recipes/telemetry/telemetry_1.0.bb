# SPDX-License-Identifier: Apache-2.0
#
# Settings of the product's own service: unit, user, configuration, port.

DESCRIPTION = "Telemetry of the product"
MAINTAINER = "the product <product@example.org>"

inherit dpkg-raw

DPKG_ARCH = "all"
DEBIAN_DEPENDS = "kas-harden-firewall"

SRC_URI = "file://root"

do_install() {
    cp -R ${WORKDIR}/root/. ${D}/
}
