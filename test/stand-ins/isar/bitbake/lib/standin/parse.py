"""Reads conf files, recipes and classes of bitbake's language, as far as the layers of the tests use it."""
import os
import re

ASSIGNMENT = re.compile(
    r'''^(?P<export>export\s+)?(?P<name>[A-Za-z0-9_.+/{}$:@-]+?)(?:\[(?P<flag>[A-Za-z0-9_.-]+)\])?'''
    r'''\s*(?P<operator>\?\?=|\?=|:=|\+=|=\+|\.=|=\.|=)\s*(?P<quote>["'])(?P<value>.*)(?P=quote)\s*$''', re.S)
OLD_STYLE = re.compile(r'_(append|prepend|remove)(_|$)')
BUILT_IN = ('base', 'image', 'dpkg', 'dpkg-raw', 'sbuild-chroot')


class ParseError(Exception):
    """A line bitbake can't read; the text is what bitbake prints."""


def parse_file(path, store):
    """Reads a file into the store. @raise ParseError with file and line."""
    lines = open(path, encoding='utf-8').read().split('\n')
    number = 0
    while number < len(lines):
        start = number
        line = lines[number].rstrip()
        number += 1
        if not line.strip() or line.lstrip().startswith('#'):
            continue
        while line.endswith('\\') and number < len(lines):
            line = line[:-1] + lines[number].rstrip()
            number += 1
        if re.match(r'(python\s+|fakeroot\s+)*[A-Za-z0-9_:-]*\s*\(\)\s*\{$', line):
            number = read_function(line, lines, number, store)
        elif line.startswith('def '):
            number = read_python(lines, start, store)
        else:
            statement(line, path, start + 1, store)


def read_function(line, lines, number, store):
    name = re.sub(r'\s*\(\).*', '', line).split()[-1]
    body = []
    while number < len(lines) and lines[number] != '}':
        body.append(lines[number])
        number += 1
    if not line.startswith('python'):
        store.assign(name, '=', '\n'.join(body))
    return number + 1


def read_python(lines, start, store):
    end = start + 1
    while end < len(lines) and (not lines[end].strip() or lines[end][0] in ' \t'):
        end += 1
    exec('\n'.join(lines[start:end]), store.functions)
    return end


def statement(line, path, number, store):
    first, _, rest = line.partition(' ')
    if first in ('include', 'require'):
        found = find(store, store.expand(rest.strip()), os.path.dirname(path))
        if found:
            parse_file(found, store)
        elif first == 'require':
            raise ParseError(f'ParseError at {path}:{number}: Could not include required file {rest.strip()}')
    elif first == 'inherit':
        for name in store.expand(rest).split():
            inherit(name, path, number, store)
    elif first in ('addtask', 'deltask', 'addhandler', 'EXPORT_FUNCTIONS', 'unset'):
        pass  # the tasks of the stand-in are fixed
    else:
        match = ASSIGNMENT.match(line)
        if not match:
            raise ParseError(f"ParseError at {path}:{number}: unparsed line: '{line}'")
        if OLD_STYLE.search(match['name']):
            raise ParseError(
                f'Variable {match["name"]} file: {path} line: {number} contains an operation using the old override '
                'syntax. Please convert this layer/metadata before attempting to use with a newer bitbake.')
        name = store.expand(match['name']) if '${' in match['name'] else match['name']
        store.assign(name, match['operator'], match['value'], match['flag'])


def inherit(name, path, number, store):
    classes = store.getVar('standin_classes') or ''
    if name in classes.split():
        return
    store.assign('standin_classes', '=', f'{classes} {name}'.strip())
    found = next(filter(None, (find(store, f'{folder}/{name}.bbclass') for folder in
                               ('classes-recipe', 'classes-global', 'classes'))), None)
    if found:
        parse_file(found, store)
    elif name not in BUILT_IN:
        raise ParseError(f'ParseError at {path}:{number}: Could not inherit file classes/{name}.bbclass')


def find(store, name, *first):
    """A file below BBPATH."""
    for folder in (*first, *(store.getVar('BBPATH') or '').split(':')):
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            return path
    return None
