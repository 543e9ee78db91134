#!/bin/sh
# boundary-packets.sh RULES ISLAND: a device between two networks, its interfaces
# named zone0 and zone1; real connections through it, and to its ssh from an
# address nobody manages. Each line says what was tried and what was answered.
set -eu
if [ "$1" != inside ]; then
	exec unshare --net sh "$0" inside "$1" "$2"
fi
rules=$2 island=$3
unshare --net sleep 100 &
out=$!
unshare --net sleep 100 &
in=$!
ip link set lo up
join() { # interface of the device, process of the other side, address of each
	until ip link add "$1" type veth peer name far netns "$2" 2> /dev/null; do sleep 0.1; done
	ip addr add "$3/24" dev "$1"
	ip link set "$1" up
	nsenter -t "$2" -n sh -ec "ip link set lo up; ip addr add $4/24 dev far; ip link set far up; ip route add default via $3"
}
join zone0 $out 192.0.2.1 192.0.2.9
join zone1 $in 198.51.100.1 198.51.100.9
serve='
import socket, threading, time
def serve(port):
    s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("0.0.0.0", port)); s.listen(9)
    def answer(c):
        try:
            while True:
                if not c.recv(1): break
                c.sendall(b"y")
        except OSError: pass
    while True: threading.Thread(target=answer, args=(s.accept()[0],), daemon=True).start()
for port in (22, 443, 8080): threading.Thread(target=serve, args=(port,), daemon=True).start()
time.sleep(90)'
nsenter -t "$in" -n python3 -c "$serve" &
one=$!
python3 -c "$serve" &
two=$!
trap 'kill $one $two $out $in 2> /dev/null || true' EXIT

ask='
import socket, sys, time
s = socket.socket(); s.settimeout(0.7)
try:
    s.connect((sys.argv[1], int(sys.argv[2])))
    for wait in sys.argv[3:] or ["0"]:
        time.sleep(float(wait)); s.sendall(b"x"); print(s.recv(1).decode(), end=" ", flush=True)
except OSError: print("-", end="")
print()'
from_out() { nsenter -t "$out" -n python3 -c "$ask" "$@"; }
from_in() { nsenter -t "$in" -n python3 -c "$ask" "$@"; }
until [ "$(from_in 198.51.100.1 443)" = 'y ' ]; do sleep 0.2; done

echo 1 > /proc/sys/net/ipv4/ip_forward
echo "no rules, unnamed port: $(from_out 198.51.100.9 8080)"
nft -f "$rules"
echo "a named flow: $(from_out 198.51.100.9 443)"
echo "another port: $(from_out 198.51.100.9 8080)"
echo "the other way: $(from_in 192.0.2.9 443)"
echo "ssh without approval: $(from_out 192.0.2.1 22)"
nft add element inet kas_harden remote4 '{ 192.0.2.9 timeout 2s }'
echo "ssh with one, before and after its end: $(from_out 192.0.2.1 22 0 3)"
nft -f "$island"
echo "the flow as an island: $(from_out 198.51.100.9 443)"
echo "ssh of the management network as an island: $(from_in 198.51.100.1 22)"
nft delete table inet kas_harden_island
echo "the flow after it: $(from_out 198.51.100.9 443)"
