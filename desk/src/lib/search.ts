/** Texts that people take for the same are the same: no case, no accents. */
export function folded(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase();
}

/** Whether every word of the query occurs. */
export function finds(query: string, haystack: string): boolean {
  return query.split(/\s+/).every((word) => haystack.includes(word));
}
