/** What one condition may be; beyond it the text is refused before it is parsed. */

/** UTF-16 units. A condition that a person wrote is a hundredth of this; lists of ids are what come near. */
export const MAX_TEXT_LENGTH = 65_536;

/** Brackets open at once. Every level costs the parser a dozen stack frames. */
export const MAX_NESTING = 100;

/** Values of one list. */
export const MAX_LIST_ITEMS = 4_096;

/** Tests joined by AND and OR: each becomes a clause of the stores' queries, which have limits of their own. */
export const MAX_TESTS = 1_024;

/** Steps of one path. */
export const MAX_PATH_STEPS = 64;
