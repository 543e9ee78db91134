/** True when a directory entry can't be shown or looked up safely: control characters, a slash, or nothing. */
export function isBadName(name: string): boolean {
  // eslint-disable-next-line no-control-regex
  return name === '' || name === '.' || name === '..' || /[\u0000-\u001f\u007f/]/.test(name)
}

/** A name as it may stand in a message: control characters and backslashes as JSON writes them. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name)
}

/** The absolute path of a name below a directory. */
export function below(directory: string, name: string): string {
  return directory === '/' ? `/${name}` : `${directory}/${name}`
}

/** The directory a path lies in; that of `/` is `/`. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash <= 0 ? '/' : path.slice(0, slash)
}
