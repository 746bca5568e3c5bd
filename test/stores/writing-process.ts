import { openEmbeddedIn } from './embedded-store.ts';
import { aChange, readAll, shoppers, write } from './store-under-test.ts';

/** Writes page after page, saying each one it knows to be written, until somebody kills it. */
const [folder = ''] = process.argv.slice(2);
const { profiles, load } = await openEmbeddedIn(folder);
if ((await profiles.countProfiles()) === 0) await load(shoppers(2_000));
console.log('open');
for (;;) {
  const todo = (await readAll(profiles)).filter(({ settled }) => !settled);
  if (todo.length === 0) break;
  const page = todo.slice(0, 20);
  await write(
    profiles,
    page.map((profile) => aChange(profile, ['gold'])),
  );
  console.log(`written ${page.length}`);
}
console.log('finished');
setInterval(() => undefined, 1_000);
