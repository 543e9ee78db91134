"""The image: packages by mmdebstrap, accounts, and what isar deploys of it."""
import glob
import os
import shutil

from .packages import codename
from .system import Failed, as_root, in_tree, mmdebstrap, run
from .tasks import Task


def image_tasks(recipe, packages):
    """The tasks up to do_build. `packages` are the tasks whose packages the image may install."""
    store = recipe.store
    folder = store.getVar('WORKDIR')
    tree = os.path.join(folder, 'rootfs')
    names = sorted({*store.words('IMAGE_PREINSTALL'), *store.words('IMAGE_INSTALL')})

    def restore(log):
        run(as_root(['rm', '-rf', '--one-file-system', tree]), log)
        os.makedirs(tree)
        run(as_root(['tar', '-C', tree, '--numeric-owner', '-xf', install_task.sstate('tar.zst')]), log)

    def install(log):
        repository = local_repository(folder, packages, log)
        tar = os.path.join(folder, 'rootfs.tar')
        source = f'echo "deb [trusted=yes] copy://{repository} ./" >"$1/etc/apt/sources.list.d/isar-apt.list"'
        run(mmdebstrap('--variant=minbase', '--aptopt=APT::Install-Recommends "false"',
             f'--include={",".join(names)}', f'--setup-hook={source}',
             '--customize-hook=rm "$1/etc/apt/sources.list.d/isar-apt.list" "$1/etc/hostname" "$1/etc/resolv.conf"',
             codename(recipe), tar), log)
        run(['zstd', '-q', '-f', '--rm', '-1', '-T0', tar], log)
        install_task.keep('tar.zst', f'{tar}.zst')
        os.remove(f'{tar}.zst')
        restore(log)

    def postprocess(log):
        installed = os.path.exists(f'{tree}/var/lib/dpkg/info/openssh-server.list')
        if installed and not os.path.exists(f'{tree}/var/lib/dpkg/info/sshd-regen-keys.list'):
            log.write('STAND-IN-ERROR: Looks like you have openssh-server in your image without sshd-regen-keys.\n'
                      'STAND-IN-ERROR: Install the package or forcefully remove this check!\n')
            raise Failed(1)
        in_tree(tree, 'echo "$1" >/etc/hostname', log, store.getVar('HOSTNAME'))
        # isar's populate-systemd-preset: a unit that stands in the way of another's alias ends the build there too
        in_tree(tree, '! [ -x /usr/bin/systemctl ] || systemctl preset-all --preset-mode=enable-only', log)
        make_accounts(store, tree, log)
        os.makedirs(deploy(store), exist_ok=True)
        base = deployed(store)
        log.flush()
        run(['sh', '-c', 'dpkg-query --admindir="$1/var/lib/dpkg" -W -f \'${source:Package}|${source:Version}|'
             '${Package}:${Architecture}|${Version}\\n\' >"$2"', 'manifest', tree, f'{base}.manifest'], log)
        shutil.copyfile(f'{tree}/var/lib/dpkg/status', f'{base}.dpkg_status')

    def archive(log):
        tar = f'{deployed(store)}.tar.zst'
        script = 'tar -C "$1" --numeric-owner --sort=name -cf - . | zstd -q -f -1 -T0 -o "$2" && chown "$3" "$2"'
        run(as_root(['sh', '-c', script, 'archive', tree, tar, str(os.geteuid())]), log)

    def nothing(log):
        """isar has a body here; the stand-in only prints that it ran."""

    install_task = Task(recipe, 'do_rootfs_install', [names, codename(recipe)], packages, install, restore, ('tar.zst',))
    accounts = {name: store.flags.get(name) for name in store.flags if name.startswith(('USER_', 'GROUP_'))}
    known = [store.words('USERS'), store.words('GROUPS'), accounts, store.getVar('HOSTNAME'), deployed_name(store)]
    post = Task(recipe, 'do_rootfs_postprocess', known, [install_task], postprocess)
    rootfs = Task(recipe, 'do_rootfs', [], [post], nothing)
    tasks = [install_task, post, rootfs]
    if 'tar.zst' in store.words('IMAGE_FSTYPES'):
        tasks.append(Task(recipe, 'do_image_tar', [], [rootfs], archive))
    return [*tasks, Task(recipe, 'do_build', [], [tasks[-1]])]


def local_repository(folder, packages, log):
    """Like isar-apt: a repository of the packages the layers build."""
    repository = os.path.join(folder, 'isar-apt')
    shutil.rmtree(repository, ignore_errors=True)
    os.makedirs(repository)
    for task in packages:
        for tar in glob.glob(glob.escape(task.sstate('debs.tar'))):
            run(['tar', '-C', repository, '-xf', tar], log)
    run(['sh', '-c', 'cd "$1" && dpkg-scanpackages -m . >Packages', 'scan', repository], log)
    return repository


def make_accounts(store, tree, log):
    """USERS and GROUPS as image-account-extension has them."""
    for group in store.words('GROUPS'):
        in_tree(tree, 'groupadd -f "$1"', log, group)
    for user in store.words('USERS'):
        flag = lambda name: store.flag(f'USER_{user}', name) or ''
        flags = flag('flags').split()
        script = 'id "$1" >/dev/null 2>&1 || useradd -s "${2:-/bin/bash}" $3 "$1"'
        in_tree(tree, script, log, user, flag('shell'), '-m' if 'create-home' in flags else '-M')
        if flag('groups'):
            in_tree(tree, 'usermod -a -G "$2" "$1"', log, user, ','.join(flag('groups').split()))
        if flag('password'):
            how = '' if 'clear-text-password' in flags else '-e'
            in_tree(tree, 'echo "$1:$2" | chpasswd $3', log, user, flag('password'), how)
        if 'force-passwd-change' in flags:
            in_tree(tree, 'passwd -q --expire "$1"', log, user)


def deploy(store):
    """isar 1.0 had a folder per image with short names in it; 1.1 went back to long names."""
    folder = os.path.join(store.getVar('DEPLOY_DIR'), 'images', store.getVar('MACHINE'))
    if store.getVar('ISAR_RELEASE') == '1.0':
        folder = os.path.join(folder, f'{store.getVar("DISTRO")}-{store.getVar("PN")}')
    return folder


def deployed_name(store):
    machine = store.getVar('MACHINE')
    return machine if store.getVar('ISAR_RELEASE') == '1.0' else f'{store.getVar("PN")}-{store.getVar("DISTRO")}-{machine}'


def deployed(store):
    return os.path.join(deploy(store), deployed_name(store))
