import { dirname, posix } from 'node:path';

/**
 * Who may import what, as allow-lists in .oxlintrc.json: a new dependency is refused until someone lets it in. Globs
 * of `no-restricted-imports` cannot say it, because they see `../errors.ts` and not the file it means.
 */
const boundaries = {
  meta: { type: 'problem', schema: [{ type: 'object' }] },
  create(context) {
    const place = toPlace(context.filename);
    const rule = place === undefined ? undefined : findRule(context.options[0], place.file);
    if (rule === undefined) return {};
    const check = (node, source, isType) => {
      if (typeof source?.value !== 'string') return;
      const target = toTarget(place, source.value);
      const allowed = isType ? [...rule.values, ...(rule.types ?? [])] : rule.values;
      const isTypesOnly = !isType && (rule.typesOnly ?? []).some((entry) => covers(entry, target));
      if (!isTypesOnly && allowed.some((entry) => covers(entry, target))) return;
      const typeHint = isTypesOnly || (rule.types ?? []).some((entry) => covers(entry, target));
      const hint = typeHint && !isType ? ': only its types' : '';
      context.report({ node, message: `${rule.folder} may not import ${target}${hint} (.oxlintrc.json)` });
    };
    return {
      ImportDeclaration: (node) => check(node, node.source, isTypeOnly(node, node.importKind)),
      ExportNamedDeclaration: (node) => check(node, node.source, isTypeOnly(node, node.exportKind)),
      ExportAllDeclaration: (node) => check(node, node.source, node.exportKind === 'type'),
      ImportExpression: (node) => check(node, node.source, false),
    };
  },
};

/** `import { type A, type B }` is erased by tsc, but only as a whole when every name is a type. */
function isTypeOnly(node, kind) {
  if (kind === 'type') return true;
  const names = node.specifiers ?? [];
  return names.length > 0 && names.every((name) => (name.importKind ?? name.exportKind) === 'type');
}

/** Splits a file's path at its last `src/`, so that fixtures elsewhere obey the rules of the folder they mirror. */
function toPlace(filename) {
  const path = filename.replaceAll('\\', '/');
  const at = path.lastIndexOf('/src/');
  return at < 0 ? undefined : { root: path.slice(0, at), file: path.slice(at + 1) };
}

function findRule(folders, file) {
  const matching = Object.keys(folders).filter((folder) => covers(folder, file));
  const folder = matching.sort((a, b) => b.length - a.length)[0];
  return folder === undefined ? undefined : { folder, ...folders[folder] };
}

/** A relative import becomes the path it means, from the root; a package or built-in stays as it is. */
function toTarget({ root, file }, specifier) {
  if (!specifier.startsWith('.')) return specifier;
  const path = posix.resolve(root, dirname(file), specifier);
  return path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;
}

function covers(entry, target) {
  return target === entry || target.startsWith(entry.endsWith(':') ? entry : `${entry}/`);
}

export default { meta: { name: 'strata' }, rules: { 'import-boundaries': boundaries } };
