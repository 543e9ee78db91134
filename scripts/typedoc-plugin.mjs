// typedoc sees every field of a type inferred from valibot twice, at the same line, and warns about its comment.

/** Drops that one warning; all others stay. */
export function load(app) {
  const warn = app.logger.warn.bind(app.logger)
  app.logger.warn = (message, ...rest) => {
    if (!/ has multiple declarations with a comment\. /.test(message)) warn(message, ...rest)
  }
}
