#!/bin/sh
# in-root.sh keep|forget ROOT SCRIPT [ARG...]
# Runs a bash script in a Debian tree, with mounts of its own and without a
# network. "forget": what it changes lies on a memory file system and is gone.
set -eu

case $1 in
inside)
	shift
	;;
first)
	# Not the first process itself: programs tell a chroot by the root of process 1.
	shift
	unshare --mount --propagation private sh "$0" inside "$@"
	exit
	;;
*)
	# Nothing outlives the test that started it, however that ends.
	exec setpriv --pdeathsig KILL unshare --pid --fork --kill-child --net sh "$0" first "$@"
	;;
esac
mode=$1 root=$2 script=$3
shift 3

ip link set lo up
if [ "$mode" = forget ]; then
	mount -t tmpfs tmpfs /mnt
	mkdir /mnt/upper /mnt/work /mnt/root
	mount -t overlay overlay -o "lowerdir=$root,upperdir=/mnt/upper,workdir=/mnt/work" /mnt/root
	root=/mnt/root
else
	mount --bind "$root" "$root"
fi
cd "$root"
mount -t proc proc proc
mount -t tmpfs tmpfs run
# Trees come without devices; udev makes this link on a real one.
[ -e dev/stdin ] || ln -s /proc/self/fd/0 dev/stdin
mkdir -p run/lock run/sshd dev/pts
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
# Not chroot: a process in one may make no user namespace.
pivot_root . .
umount -l .
exec /usr/bin/env -i HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive DPKG_FORCE=unsafe-io \
	PATH=/usr/sbin:/usr/bin:/sbin:/bin bash -c "cd /; $script" bash "$@"
