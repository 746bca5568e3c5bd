const KEEP = 'keep it in a flow that Tracardi runs on events';

/** What a user can do about a node that Strata does not run, by its class name. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [
    /^CountRecords/,
    'a flow cannot query other documents here; count in a field of the profile and ask for it in a condition, or count in the SQL of a static or dynamic segment',
  ],
  [
    /Trait|Increment|Decrement|Interest|Consent|Merge|Copy|MaskTraits|AutoMerge/,
    `Strata changes nothing of a profile but its segments; ${KEEP}`,
  ],
  [
    /Event|Session|Payload/,
    `a profile is segmented without an event, session or foreign payload; ${KEEP}, or ask for a field of the profile`,
  ],
  [
    /Web[Hh]ook|Rest|Http|Api|Mail|Sms|Slack|Discord|Send|Notify|Push|Hubspot|Mailchimp|MailChimp/,
    'Strata calls nobody while it segments; follow who entered and left with `strata changes`, and call from there',
  ],
];

export function adviceFor(className: string): string {
  const known = ADVICE.find(([pattern]) => pattern.test(className));
  return (
    known?.[1] ??
    'take it out, set it to skip, or write the segment as a condition or a workflow; the README lists the nodes that are run'
  );
}
