# SPDX-License-Identifier: Apache-2.0
#
# Beside our packages only; a layer that nobody uses changes nothing.
require ${@'beside-kas-harden.inc' if 'kas-harden-pam' in (d.getVar('IMAGE_INSTALL') or '').split() else ''}
