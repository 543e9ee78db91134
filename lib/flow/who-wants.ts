import { loadControls } from '../controls/load-controls.ts'

/** Package name -> the controls that want it, for messages about packages that can't be had. */
export async function whoWants(): Promise<Map<string, string>> {
  const { controls } = await loadControls()
  const wanted = new Map<string, string>()
  for (const control of controls) {
    for (const { name, for: requirement } of control.packages) {
      const before = wanted.get(name)
      const one = `control ${control.id} for ${requirement}`
      wanted.set(name, before ? `${before}, ${one}` : one)
    }
  }
  return wanted
}
