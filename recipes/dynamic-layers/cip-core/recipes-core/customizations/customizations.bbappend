# SPDX-License-Identifier: Apache-2.0
#
# isar-cip-core writes user name and password of its images into /etc/issue. The
# banner is kas-harden-site's own where it has one, whatever is installed first.
require ${@'beside-kas-harden.inc' if 'banner' in (d.getVar('KAS_HARDEN_SITE_PARTS') or '').split() else ''}
