type Environment = Readonly<Record<string, string | undefined>>;

/** What decides which data a process works on. */
const NAMES = [
  'ELASTIC_HOST',
  'ELASTIC_PROFILE_INDEX',
  'MYSQL_URL',
  'SEGMENTS_FIELD',
  'TEMPORAL_ADDRESS',
] as const;

/** Those that are set, without users and passwords. */
export function storeSettings(env: Environment): Readonly<Record<string, string>> {
  return Object.fromEntries(
    NAMES.flatMap((name) => {
      const value = env[name];
      return value === undefined || value === '' ? [] : [[name, withoutUser(value)]];
    }),
  );
}

/** `//user:password@host` in any of the comma-separated URLs. */
function withoutUser(value: string): string {
  return value.replace(/\/\/[^/,]*@/g, '//');
}

/** Names of what the environment sets and the process that answers has otherwise. */
export function differingSettings(
  env: Environment,
  running: Readonly<Record<string, string>>,
): readonly string[] {
  return Object.entries(storeSettings(env))
    .filter(([name, value]) => running[name] !== value)
    .map(([name]) => name);
}
