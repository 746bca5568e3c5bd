const MAX_ID_LENGTH = 63;

/** Makes ids of names: each of [a-z0-9-], none twice. */
export function createIds(): (name: string) => string {
  const taken = new Set<string>();
  return (name) => {
    const base = toSlug(name);
    let id = base;
    for (let count = 2; taken.has(id); count += 1) {
      const suffix = `-${count}`;
      id = `${base.slice(0, MAX_ID_LENGTH - suffix.length)}${suffix}`;
    }
    taken.add(id);
    return id;
  };
}

/** Letters lose their accents; whatever else an id cannot hold is a dash between words. */
function toSlug(name: string): string {
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const slug = plain
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, MAX_ID_LENGTH)
    .replace(/-+$/, '');
  return slug === '' ? 'segment' : slug;
}
