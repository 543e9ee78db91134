DESCRIPTION = "Stand-in for the chroot in which isar builds packages of the target's release"
inherit sbuild-chroot
SBUILD_CHROOT_PREINSTALL = "config-package-dev debhelper dpkg-dev make"
