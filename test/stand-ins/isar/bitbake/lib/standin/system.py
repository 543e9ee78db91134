"""Runs the real programs: each in a session of its own, so that an interrupt ends it with everything it started."""
import os
import signal
import subprocess


class Failed(Exception):
    def __init__(self, code):
        super().__init__(code)
        self.code = code


def run(command, log, shell_input=None, env=None):
    """Runs a command with its output in the task's log. @raise Failed with its exit code."""
    log.write(f'DEBUG: Executing {" ".join(command)}\n')
    log.flush()
    child = subprocess.Popen(command, stdin=subprocess.PIPE if shell_input is not None else subprocess.DEVNULL,
                             stdout=log, stderr=subprocess.STDOUT, start_new_session=True, text=True,
                             env={**os.environ, 'LC_ALL': 'C.UTF-8', 'DEBIAN_FRONTEND': 'noninteractive', **(env or {})})
    try:
        child.communicate(shell_input)
    except BaseException:  # the interrupt of bitbake is none of Exception's
        end(child)
        raise
    if child.returncode:
        log.write(f'WARNING: exit code {child.returncode} from a shell command.\n')
        raise Failed(child.returncode)


def as_root(command):
    """isar works with sudo where it needs root, and so does the stand-in."""
    return command if os.geteuid() == 0 else ['sudo', '-n', *command]


def in_tree(tree, script, log, *args):
    """Runs a shell script inside a tree, with mounts of its own and without a network."""
    outside = ('set -e; tree=$1; shift; mount --rbind /dev "$tree/dev"; mount -t proc proc "$tree/proc"; '
               'exec chroot "$tree" /usr/bin/env -i HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive SYSTEMD_OFFLINE=1 '
               'PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -c "$@"')
    run(as_root(['unshare', '--mount', '--net', '--pid', '--fork', '--kill-child', '--propagation', 'private', '--',
                 'sh', '-c', outside, 'in-tree', tree, f'set -e; {script}', 'in-tree', *args]), log)


def mmdebstrap(*arguments):
    """mmdebstrap; as root in namespaces of its own, so that its mounts go with it however it ends."""
    own = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--'] if os.geteuid() == 0 else []
    return [*own, 'mmdebstrap', *arguments]


def end(child):
    """Ends a program with what it started; it gets a moment to take its mounts away."""
    for number, patience in ((signal.SIGTERM, 20), (signal.SIGKILL, 5)):
        try:
            os.killpg(child.pid, number)
        except ProcessLookupError:
            return
        except PermissionError:  # sudo runs it
            subprocess.call(['sudo', '-n', 'kill', f'-{int(number)}', '--', f'-{child.pid}'])
        try:
            child.wait(patience)
            return
        except subprocess.TimeoutExpired:
            continue
