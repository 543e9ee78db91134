import type { VNode } from 'preact'
import { htmlStyle } from './html-style.ts'

/** Head of every page of ours: the policy forbids the browser to load or run anything, whatever a value holds. */
export function Head({ title }: { title: string }): VNode {
  return (
    <head>
      <meta charset="utf-8" />
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="referrer" content="no-referrer" />
      <title>{title}</title>
      <style dangerouslySetInnerHTML={{ __html: htmlStyle }} />
    </head>
  )
}
