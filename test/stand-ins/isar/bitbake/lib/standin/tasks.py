"""The tasks of a build: what each depends on, what it gives, and what of it is already there."""
import hashlib
import json
import os
import shutil

from .system import Failed

# Written into every hash: a change of what tasks do makes older results invalid.
GENERATION = 1


class Task:
    """
    One task of a recipe. `inputs` is everything that can change its result; `work(log)` does it.
    `kept` names the files a task puts into SSTATE_DIR: with all of them there, the task is a setscene task.
    """

    def __init__(self, recipe, name, inputs, after=(), work=None, restore=None, kept=()):
        self.recipe = recipe
        self.name = name
        self.work = work
        self.restore = restore
        self.kept = kept
        text = json.dumps([GENERATION, recipe.name, name, inputs, [task.hash for task in after]], sort_keys=True)
        self.hash = hashlib.sha256(text.encode()).hexdigest()[:32]

    def stamp(self):
        return os.path.join(self.recipe.store.getVar('STAMPS_DIR'), f'{self.recipe.full}.{self.name}.{self.hash}')

    def sstate(self, name):
        folder = self.recipe.store.getVar('SSTATE_DIR')
        return os.path.join(folder, self.hash[:2], f'stand-in:{self.recipe.full}:{self.hash}_{self.name}.{name}')

    def current(self):
        return os.path.exists(self.stamp())

    def in_sstate(self):
        return bool(self.kept) and all(os.path.exists(self.sstate(name)) for name in self.kept)

    def keep(self, name, path):
        """Moves a finished file into SSTATE_DIR, whole or not at all."""
        target = self.sstate(name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copyfile(path, f'{target}.{os.getpid()}')
        os.rename(f'{target}.{os.getpid()}', target)

    def __str__(self):
        return f'{self.recipe.path}:{self.name}'


def execute(tasks, console, dry_run):
    """Runs what is not current, setscene tasks first, as bitbake's runqueue prints it."""
    current = [task for task in tasks if task.kept and task.current()]
    wanted = [task for task in tasks if task.kept and not task.current()]
    local = [task for task in wanted if task.in_sstate()]
    missed = len(wanted) - len(local)
    rate = lambda part, of: 0 if not of else 100 * part // of
    console.plain(f'Initialising tasks...Sstate summary: Wanted {len(wanted)} Local {len(local)} Mirrors 0 Missed '
                  f'{missed} Current {len(current)} ({rate(len(local), len(wanted))}% match, '
                  f'{rate(len(local) + len(current), len(wanted) + len(current))}% complete)')
    console.plain('done.')
    for number, task in enumerate(local if not dry_run else [], 1):
        console.note(f'Running setscene task {number} of {len(local)} ({task}_setscene)')
        if not one(task, f'{task.name}_setscene', task.restore, console):
            return finish(tasks, console, number, 0)
    console.note('Executing Tasks')
    attempted = done = 0
    for number, task in enumerate(tasks, 1):
        attempted = number
        if task.current():
            done += 1
        elif task.work is None:
            console.note(f'Running noexec task {number} of {len(tasks)} ({task})')
            if not dry_run:
                touch(task.stamp())
        else:
            console.note(f'Running task {number} of {len(tasks)} ({task})')
            if not dry_run and not one(task, task.name, task.work, console):
                break
    return finish(tasks, console, attempted, done)


def finish(tasks, console, attempted, done):
    how = f'{len(console.failed)} failed' if console.failed else 'all succeeded'
    console.note(f"Tasks Summary: Attempted {attempted} tasks of which {done} didn't need to be rerun and {how}.")


def one(task, name, work, console):
    recipe = task.recipe
    console.note(f'recipe {recipe.full}: task {name}: Started')
    folder = os.path.join(recipe.store.getVar('WORKDIR'), 'temp')
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, f'log.{name}.{os.getpid()}')
    link = os.path.join(folder, f'log.{name}')
    if os.path.lexists(link):
        os.remove(link)
    os.symlink(os.path.basename(path), link)
    with open(path, 'w', encoding='utf-8') as log:
        try:
            work(log)
            code = 0
        except Failed as failure:
            code = failure.code
    for text in open(path, encoding='utf-8', errors='replace'):
        if text.startswith('STAND-IN-ERROR: '):
            console.error(f'{recipe.full} {task.name}: {text[16:].rstrip()}')
    if code:
        console.error(f"{recipe.full} {task.name}: ExecutionError('{folder}/run.{name}.{os.getpid()}', {code}, None, None)")
        console.error(f'Logfile of failure stored in: {path}')
        console.plain('Log data follows:')
        for text in open(path, encoding='utf-8', errors='replace').read().splitlines():
            console.plain(f'| {text}')
        console.note(f'recipe {recipe.full}: task {name}: Failed')
        console.error(f"Task ({task}) failed with exit code '1'")
        console.failed.append(str(task))
        return False
    touch(task.stamp())
    console.note(f'recipe {recipe.full}: task {name}: Succeeded')
    return True


def touch(path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    open(path, 'w').close()
