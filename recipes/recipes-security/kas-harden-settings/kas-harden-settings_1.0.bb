# SPDX-License-Identifier: Apache-2.0
#
# Settings against IEC 62443-4-2, the same bytes for every site. What a site
# chooses is in kas-harden-site.

DESCRIPTION = "Settings against IEC 62443-4-2"
MAINTAINER = "kas-harden maintainers <kas-harden@example.org>"

inherit dpkg

DPKG_ARCH = "all"

SRC_URI = "file://files"
S = "${WORKDIR}/files"

PROVIDES += " \
    kas-harden-accounts \
    kas-harden-audit \
    kas-harden-audit-services \
    kas-harden-backup \
    kas-harden-banner \
    kas-harden-device \
    kas-harden-erase \
    kas-harden-firewall \
    kas-harden-integrity \
    kas-harden-journal \
    kas-harden-kernel \
    kas-harden-media \
    kas-harden-memory \
    kas-harden-mfa \
    kas-harden-modules \
    kas-harden-pam \
    kas-harden-periodic-test \
    kas-harden-services \
    kas-harden-session \
    kas-harden-ssh \
    kas-harden-sudo \
    kas-harden-tamper \
    kas-harden-time \
    kas-harden-time-authentic \
    "
