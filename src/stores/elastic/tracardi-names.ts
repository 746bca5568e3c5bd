import { createHash } from 'node:crypto';

export interface TracardiInstallation {
  readonly production: boolean;
  /** Without one, Tracardi derives it from its version. */
  readonly tenant: string | undefined;
  /** Such as `08x`. */
  readonly version: string;
}

/**
 * The alias that Tracardi reads one of its indices through; the months or quarters behind it come and go. From 0.9 on
 * the version is part of the alias.
 */
export function tracardiAlias(installation: TracardiInstallation, name: string): string {
  const { production, tenant, version } = installation;
  const owner = tenant ?? createHash('md5').update(version).digest('hex').slice(0, 5);
  const versioned = Number.parseInt(version, 10) >= 9 ? `${version}.` : '';
  return `${production ? 'prod-' : ''}${versioned}${owner}.tracardi-${name}`;
}
