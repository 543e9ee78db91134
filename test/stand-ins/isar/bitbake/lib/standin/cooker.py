"""Configuration, layers and recipes: from a build directory to the recipes a target needs."""
import glob
import os
import re

from .parse import ParseError, find, parse_file
from .store import Store


class Stop(Exception):
    """Nothing can be built. bitbake prints `errors` on stderr, and `plain`, errors of the configuration, on stdout."""

    def __init__(self, *errors, plain=()):
        super().__init__(*errors)
        self.errors = errors
        self.plain = plain


class Recipe:
    def __init__(self, path, store):
        self.path = path
        self.store = store
        self.name = store.getVar('PN')
        self.full = store.getVar('PF')
        self.classes = store.words('standin_classes')
        self.provides = {self.name, *store.words('PROVIDES')}
        wanted = store.words('IMAGE_INSTALL') if 'image' in self.classes else []
        self.depends = list(dict.fromkeys([*store.words('DEPENDS'), *wanted]))


def read_configuration(build):
    """The datastore of conf/bblayers.conf, the layers and conf/local.conf. @raise Stop, ParseError."""
    store = Store()
    store.assign('TOPDIR', '=', build)
    for name in os.environ.get('BB_ENV_PASSTHROUGH_ADDITIONS', '').split():
        if name in os.environ:
            store.assign(name, '=', os.environ[name])
    for name in ('conf/bblayers.conf', 'conf/local.conf'):
        if not os.path.isfile(os.path.join(build, name)):
            raise Stop(plain=(f'The stand-in found no {name} in {build}',))
    parse_file(os.path.join(build, 'conf/bblayers.conf'), store)
    layers = store.words('BBLAYERS')
    missing = [layer for layer in layers if not os.path.isdir(layer)]
    if missing:
        raise Stop(plain=('The following layer directories do not exist:', *(f'   {layer}' for layer in missing),
                          f'Please check BBLAYERS in {build}/conf/bblayers.conf'))
    for layer in layers:
        conf = os.path.join(layer, 'conf/layer.conf')
        one = read_layer(layer, conf, store)
        store.values, store.weak, store.changes = one.values, one.weak, one.changes
    check_layers(store)
    for name in ('conf/local.conf', 'conf/bitbake.conf'):
        if name == 'conf/bitbake.conf':
            read_machine_and_distro(store)
        path = find(store, name)
        if path:
            parse_file(path, store)
    return store


def read_layer(layer, conf, store):
    """LAYERDIR means the layer only inside its own file, so it is put in at once."""
    one = store.copy()
    one.assign('LAYERDIR', '=', layer)
    one.assign('LAYERDIR_RE', '=', re.escape(layer))
    parse_file(conf, one)
    put = lambda text: text.replace('${LAYERDIR}', layer).replace('${LAYERDIR_RE}', re.escape(layer))
    one.values = {key: put(value) for key, value in one.values.items()}
    one.weak = {key: put(value) for key, value in one.weak.items()}
    return one


def check_layers(store):
    collections = store.words('BBFILE_COLLECTIONS')
    names = store.words('LAYERSERIES_CORENAMES')
    for name in collections:
        series = store.words(f'LAYERSERIES_COMPAT_{name}')
        if series and not set(series) & set(names):
            raise Stop(plain=(f'Layer {name} is not compatible with the core layer which only supports these series: '
                       f'{" ".join(sorted(names))} (layer is compatible with {" ".join(series)})',))
        for other in store.words(f'LAYERDEPENDS_{name}'):
            if other not in collections:
                raise Stop(f"Layer '{name}' depends on layer '{other}', but this layer is not enabled in your configuration")


def read_machine_and_distro(store):
    for variable, folder in (('MACHINE', 'machine'), ('DISTRO', 'distro')):
        value = store.getVar(variable)
        path = find(store, f'conf/{folder}/{value}.conf')
        if not path:
            raise Stop(plain=(f'{variable}={value} is invalid: no layer of the stand-in has conf/{folder}/{value}.conf',))
        parse_file(path, store)


def read_recipes(configuration):
    """Every recipe of the layers with its bbappends."""
    files = [path for pattern in configuration.words('BBFILES') for path in sorted(glob.glob(pattern))]
    appends = [path for path in files if path.endswith('.bbappend')]
    recipes = []
    for path in dict.fromkeys(path for path in files if path.endswith('.bb')):
        stem = os.path.basename(path)[:-3]
        name, _, version = stem.partition('_')
        store = configuration.copy()
        for variable, value in (('FILE', path), ('PN', name), ('BPN', name), ('PV', version or '1.0')):
            store.assign(variable, '=', value)
        parse_file(path, store)
        for extra in appends:
            pattern = os.path.basename(extra)[:-len('.bbappend')].replace('%', '*')
            if glob.fnmatch.fnmatch(stem, pattern):
                parse_file(extra, store)
        recipes.append(Recipe(path, store))
    return recipes


def wanted_recipes(targets, recipes):
    """The recipes to build, what is needed first. @raise Stop with bitbake's "Nothing PROVIDES"."""
    order = []

    def visit(name, by, chain):
        recipe = next((one for one in recipes if name in one.provides), None)
        if recipe is None:
            why = f' (but {by.path} DEPENDS on or otherwise requires it)' if by else ''
            first = f"Nothing PROVIDES '{name}'{why}"
            if not by:
                raise Stop(first)
            names = ', '.join(f"'{one}'" for one in [*chain, name])
            raise Stop(first, f"Required build target '{chain[0]}' has no buildable providers.\n"
                              f'Missing or unbuildable dependency chain was: [{names}]')
        if recipe in order:
            return
        if 'dpkg' in recipe.classes:
            visit('sbuild-chroot-target', recipe, [*chain, name])
        for need in recipe.depends:
            visit(need, recipe, [*chain, name])
        if recipe not in order:
            order.append(recipe)

    for target in targets:
        visit(target, None, [])
    return order


__all__ = ['ParseError', 'Stop', 'read_configuration', 'read_recipes', 'wanted_recipes']
