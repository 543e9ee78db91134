"""Recipes that make Debian packages: `dpkg` from a Debian source tree, `dpkg-raw` from files."""
import glob
import hashlib
import os
import re
import shutil

from .system import Failed, as_root, in_tree, mmdebstrap, run
from .tasks import Task


def codename(recipe):
    return recipe.store.getVar('BASE_DISTRO_CODENAME')


def chroot_tasks(recipe):
    """The chroot packages are built in: mmdebstrap, kept in SSTATE_DIR."""
    words = recipe.store.words('SBUILD_CHROOT_PREINSTALL')
    folder = recipe.store.getVar('WORKDIR')
    tree = os.path.join(folder, 'rootfs')

    def install(log):
        tar = os.path.join(folder, 'rootfs.tar')
        run(mmdebstrap('--variant=minbase', '--aptopt=APT::Install-Recommends "false"',
             f'--include={",".join(words)}', codename(recipe), tar), log)
        run(['zstd', '-q', '-f', '--rm', '-1', '-T0', tar], log)
        task.keep('tar.zst', f'{tar}.zst')
        os.remove(f'{tar}.zst')

    task = Task(recipe, 'do_rootfs_install', [words, codename(recipe)], work=install, restore=lambda log: None,
                kept=('tar.zst',))

    def unpack(log):
        """Unpacked when the first package needs it; `remove_trees` takes it away at the end."""
        if not os.path.isdir(tree):
            trees.append(tree)
            os.makedirs(tree)
            run(as_root(['tar', '-C', tree, '--numeric-owner', '-xf', task.sstate('tar.zst')]), log)
        return tree

    task.unpack = unpack
    return [task]


trees = []


def remove_trees(log):
    for tree in trees:
        if os.path.isdir(tree):
            run(as_root(['rm', '-rf', '--one-file-system', tree]), log)
    trees.clear()


def source_files(recipe):
    """The `file://` parts of SRC_URI, found beside the recipe as bitbake's FILESPATH has it."""
    folder = os.path.dirname(recipe.path)
    bases = [os.path.join(folder, name) for name in ('files', recipe.name, '.')]
    found = []
    for uri in recipe.store.words('SRC_URI'):
        name = uri.split(';')[0].removeprefix('file://')
        path = next((os.path.join(base, name) for base in bases if os.path.exists(os.path.join(base, name))), None)
        if path is None:
            raise Failed(1)
        found.append((name, os.path.normpath(path)))
    return found


def digest(recipe):
    """Everything a package is made from, but no path of this machine."""
    total = hashlib.sha256()
    for name, path in source_files(recipe):
        files = [path] if os.path.isfile(path) else sorted(
            file for file in glob.glob(f'{path}/**', recursive=True, include_hidden=True) if os.path.isfile(file))
        for file in files:
            total.update(f'{name}/{os.path.relpath(file, path)} {os.stat(file).st_mode & 0o111}\0'.encode())
            total.update(open(file, 'rb').read())
    store = recipe.store
    for name in ('DESCRIPTION', 'MAINTAINER', 'PV', 'DEBIAN_DEPENDS', 'DPKG_ARCH', 'do_install', 'TEMPLATE_FILES'):
        total.update(f'{name}={store.getVar(name, name != "do_install")}\0'.encode())
    for name in store.words('TEMPLATE_VARS'):
        total.update(f'{name}={store.getVar(name)}\0'.encode())
    return total.hexdigest()


def package_tasks(recipe, chroot):
    store = recipe.store
    folder = store.getVar('WORKDIR')
    raw = 'dpkg-raw' in recipe.classes

    def unpack(log):
        shutil.rmtree(folder + '/source', ignore_errors=True)
        for name, path in source_files(recipe):
            target = os.path.join(folder, name)
            if os.path.isdir(path):
                shutil.rmtree(target, ignore_errors=True)
                shutil.copytree(path, target, symlinks=True)
            else:
                shutil.copyfile(path, target)
        for name in store.words('TEMPLATE_FILES'):
            text = open(os.path.join(folder, name), encoding='utf-8').read()
            for variable in store.words('TEMPLATE_VARS'):
                text = text.replace('${' + variable + '}', store.getVar(variable) or '')
            path = os.path.join(folder, re.sub(r'\.tmpl$', '', name))
            with open(path, 'w', encoding='utf-8') as file:
                file.write(text)
            os.chmod(path, os.stat(os.path.join(folder, name)).st_mode)

    def build(log):
        out = os.path.join(folder, 'debs')
        shutil.rmtree(out, ignore_errors=True)
        os.makedirs(out)
        (raw_package if raw else debian_package)(recipe, chroot, out, log)
        tar = os.path.join(folder, 'debs.tar')
        run(['tar', '-C', out, '-cf', tar, '.'], log)
        build_task.keep('debs.tar', tar)

    inputs = [digest(recipe), codename(recipe)]
    unpack_task = Task(recipe, 'do_unpack', inputs, work=unpack)
    build_task = Task(recipe, 'do_dpkg_build', inputs, [unpack_task] + ([chroot] if chroot else []), work=build,
                      restore=lambda log: None, kept=('debs.tar',))
    return [unpack_task, build_task, Task(recipe, 'do_deploy_deb', [], [build_task])]


def debian_package(recipe, chroot, out, log):
    tree = chroot.unpack(log)
    source = recipe.store.getVar('S')
    inside = f'/build/{recipe.name}'
    run(as_root(['sh', '-c', 'rm -rf "$2" && mkdir -p "$2" && cp -R "$1" "$2/source"', 'copy', source, tree + inside]), log)
    # -d: the compilers of build-essential stay out of the tree, our packages have nothing to compile
    in_tree(tree, 'cd "$1/source" && chmod +x debian/rules && dpkg-buildpackage -b -uc -us -d', log, inside)
    run(as_root(['sh', '-c', 'cp "$1"/*.deb "$2/" && chown "$3" "$2"/*.deb', 'copy', tree + inside, out,
                 str(os.geteuid())]), log)


def raw_package(recipe, chroot, out, log):
    store = recipe.store
    root = store.getVar('D')
    shutil.rmtree(root, ignore_errors=True)
    os.makedirs(f'{root}/DEBIAN')
    run(['sh', '-e'], log, shell_input=store.getVar('do_install') or '')
    architecture = store.getVar('DPKG_ARCH') or 'all'
    fields = {'Package': recipe.name, 'Version': store.getVar('PV'), 'Architecture': architecture,
              'Maintainer': store.getVar('MAINTAINER'), 'Depends': store.getVar('DEBIAN_DEPENDS'),
              'Description': store.getVar('DESCRIPTION')}
    with open(f'{root}/DEBIAN/control', 'w', encoding='utf-8') as control:
        control.writelines(f'{key}: {value}\n' for key, value in fields.items() if value)
    deb = f'{out}/{recipe.name}_{store.getVar("PV")}_{architecture}.deb'
    run(['dpkg-deb', '--root-owner-group', '--build', root, deb], log, env={'SOURCE_DATE_EPOCH': '1767225600'})
