// Jest's transform: strips types with esbuild and turns modules into CommonJS, the form in which jest runs
// them without experimental flags. `import.meta` has no CommonJS form, so its two file properties are mapped.
const { createHash } = require('node:crypto');
const { transformSync, version } = require('esbuild');

const options = {
  format: 'cjs',
  target: 'node24',
  sourcemap: 'inline',
  // Jest's modules cannot be imported dynamically without experimental flags; required they can.
  supported: { 'dynamic-import': false },
  define: { 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
};

module.exports = {
  getCacheKey: (source, path) =>
    createHash('sha256')
      .update(version)
      .update(JSON.stringify(options))
      .update(path)
      .update(source)
      .digest('hex'),
  process: (source, path) =>
    transformSync(source, { ...options, loader: path.endsWith('.ts') ? 'ts' : 'js', sourcefile: path }),
};
