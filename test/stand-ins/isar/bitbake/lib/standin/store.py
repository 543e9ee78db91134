"""Variables of bitbake: assignments, overrides, appends, flags and expansion (BitBake manual, chapter 3)."""
import copy
import os
import re

OPERATIONS = ('append', 'prepend', 'remove')


class Utils:
    """The functions of `bb.utils` that layers call in an inline expression."""

    @staticmethod
    def contains(variable, words, yes, no, d):
        have = set((d.getVar(variable) or '').split())
        return yes if set(words.split()) <= have else no


class Bb:
    utils = Utils


class Store:
    """A datastore; recipes get a copy of the configuration's."""

    def __init__(self):
        self.values = {}
        self.weak = {}
        self.changes = {}
        self.flags = {}
        self.functions = {'os': os, 'bb': Bb}

    def copy(self):
        other = Store()
        for name in ('values', 'weak', 'changes', 'flags'):
            setattr(other, name, copy.deepcopy(getattr(self, name)))
        other.functions = dict(self.functions)
        return other

    def assign(self, name, operator, value, flag=None):
        if flag is not None:
            flags = self.flags.setdefault(name, {})
            old = flags.get(flag)
            flags[flag] = value if operator in ('=', ':=') else f'{old} {value}' if old else value
            return
        words = name.split(':')
        index = next((i for i, word in enumerate(words) if i and word in OPERATIONS), None)
        if index is not None:
            key, conditions = ':'.join(words[:index]), words[index + 1:]
            self.changes.setdefault(key, []).append((words[index], value, conditions))
        elif operator == '??=':
            self.weak[name] = value
        elif operator == '?=':
            self.values.setdefault(name, value)
        elif operator == ':=':
            self.values[name] = self.expand(value)
        elif operator == '=':
            self.values[name] = value
        else:
            old = self.values.get(name, '')
            joined = {'+=': f'{old} {value}', '=+': f'{value} {old}', '.=': old + value, '=.': value + old}
            self.values[name] = joined[operator]

    def overrides(self):
        text = self.values.get('OVERRIDES', '')
        return [word for word in self.expand(text, frozenset(['OVERRIDES'])).split(':') if word]

    def getVar(self, name, expand=True, pending=frozenset()):
        if name in pending:
            raise ValueError(f'{name} refers to itself')
        active = [] if name == 'OVERRIDES' or 'OVERRIDES' in pending else self.overrides()
        value, removed = self.resolve(name, active)
        if value is None:
            return None
        if expand:
            value = self.expand(value, pending | {name})
        for text in removed:
            gone = set(self.expand(text, pending | {name}).split())
            value = ''.join(part for part in re.split(r'(\s+)', value) if part not in gone)
        return value

    def resolve(self, name, active, seen=()):
        """The value before expansion, and what `:remove` takes from it. The last override of the list wins."""
        value = self.values.get(name, self.weak.get(name))
        removed = []
        for override in active:
            key = f'{name}:{override}'
            if override not in seen and (key in self.values or key in self.changes):
                value, removed = self.resolve(key, active, (*seen, override))
        for what, text, conditions in self.changes.get(name, []):
            if not set(conditions) <= set(active):
                continue
            if what == 'append':
                value = (value or '') + text
            elif what == 'prepend':
                value = text + (value or '')
            else:
                removed = [*removed, text]
        return value, removed

    def words(self, name):
        return (self.getVar(name) or '').split()

    def flag(self, name, flag):
        value = self.flags.get(name, {}).get(flag)
        return None if value is None else self.expand(value)

    def expand(self, text, pending=frozenset()):
        def replace(match):
            inner = match.group(1)
            if inner.startswith('@'):
                return str(eval(inner[1:], {**self.functions, 'd': self}))
            value = self.getVar(inner, True, pending)
            return match.group(0) if value is None else value
        before = None
        while before != text and '${' in text:
            before = text
            text = re.sub(r'\$\{(@[^{}]*(?:\{[^{}]*\}[^{}]*)*|[A-Za-z0-9_.:+/-]+)\}', replace, text)
        return text
