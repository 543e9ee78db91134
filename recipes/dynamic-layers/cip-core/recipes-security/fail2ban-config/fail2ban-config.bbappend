# SPDX-License-Identifier: Apache-2.0
#
# Debian 12's fail2ban bans by iptables, which is not in the image: nobody is
# banned. nftables is; the bans are a table of their own, beside our firewall's.
require ${@'beside-kas-harden.inc' if 'kas-harden-firewall' in (d.getVar('IMAGE_INSTALL') or '').split() else ''}
