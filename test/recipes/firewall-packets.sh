#!/bin/sh
# firewall-packets.sh RULES: sends real packets at a rule set, in a network of its
# own; a second one is the world outside. Each line says what was tried and how
# many connections were answered.
set -eu
if [ "$1" != inside ]; then
	exec unshare --net sh "$0" inside "$1"
fi
rules=$2

unshare --net sleep 120 &
outside=$!
listen() {
	exec python3 -c '
import socket, threading, time
def serve(family, address, port):
    s = socket.socket(family, socket.SOCK_STREAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6: s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    s.bind((address, port)); s.listen(64)
    while True:
        c, _ = s.accept(); c.sendall(b"yes"); c.close()
for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
    for port in (22, 8080): threading.Thread(target=serve, args=(family, address, port), daemon=True).start()
print("ready", flush=True); time.sleep(110)'
}
ready=$(mktemp -u)
mkfifo "$ready"
listen > "$ready" &
listener=$!
trap 'kill $listener $outside 2> /dev/null || true; rm -f "$ready"' EXIT
read -r _ < "$ready"

until ip link add inner type veth peer name outer netns "$outside" 2> /dev/null; do sleep 0.1; done
ip link set lo up
for address in 192.0.2.1/24 203.0.113.1/24; do ip addr add $address dev inner; done
ip -6 addr add 2001:db8::1/64 dev inner nodad
ip link set inner up
nsenter -t "$outside" -n sh -ec '
	for address in 192.0.2.9/24 203.0.113.9/24; do ip addr add $address dev outer; done
	ip -6 addr add 2001:db8::9/64 dev outer nodad
	ip link set outer up'

ask() {
	nsenter -t "$outside" -n python3 -c '
import socket, sys
source, target, port, times = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
answers = 0
for _ in range(times):
    s = socket.socket(socket.AF_INET6 if ":" in target else socket.AF_INET)
    s.settimeout(0.5); s.bind((source, 0))
    try:
        s.connect((target, port)); answers += s.recv(9) == b"yes"
    except OSError: pass
    s.close()
print(answers)' "$@"
}

# whether it would be answered without a firewall
echo "no rules, other port: $(ask 192.0.2.9 192.0.2.1 8080 1)"
echo "no rules, other network: $(ask 203.0.113.9 203.0.113.1 22 1)"
nft -f "$rules"
nft -f "$rules"
echo "ssh over IPv6: $(ask 2001:db8::9 2001:db8::1 22 1)"
echo "other port: $(ask 192.0.2.9 192.0.2.1 8080 1)"
echo "other network: $(ask 203.0.113.9 203.0.113.1 22 1)"
echo "ssh, 8 times: $(ask 192.0.2.9 192.0.2.1 22 8)"
echo "ssh over IPv6 beside it: $(ask 2001:db8::9 2001:db8::1 22 1)"
