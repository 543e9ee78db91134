"""What bitbake's user interface "knotty" prints without a terminal: errors on stderr, the rest on stdout."""
import sys


class Console:
    def __init__(self):
        self.errors = 0
        self.warnings = 0
        self.failed = []

    def plain(self, text):
        print(text, flush=True)

    def note(self, text):
        self.plain(f'NOTE: {text}')

    def warning(self, text):
        self.warnings += 1
        self.plain(f'WARNING: {text}')

    def error(self, text):
        self.errors += 1
        sys.stdout.flush()
        print(f'ERROR: {text}', file=sys.stderr, flush=True)

    def end(self):
        """The sums at the end. @return the exit code."""
        if self.failed:
            count = len(self.failed)
            self.plain(f'\nSummary: {count} task{"s" if count > 1 else ""} failed:')
            for task in self.failed:
                self.plain(f'  {task}')
        for count, what, rest in ((self.warnings, 'WARNING', '.'),
                                  (self.errors, 'ERROR', ', returning a non-zero exit code.')):
            if count:
                verb, plural = ('was', '') if count == 1 else ('were', 's')
                self.plain(f'Summary: There {verb} {count} {what} message{plural}{rest}')
        return 1 if self.errors else 0
