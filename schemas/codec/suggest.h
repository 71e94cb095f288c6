/* suggest: the word that was probably meant, for a word that was mistyped.
 *
 * Distance counts inserted, deleted, replaced and swapped neighbouring letters. A word is near if its distance is at
 * most a third of its length, rounded up; of equally near ones the first wins.
 *
 * Memory:  borrows; what it returns is one of the words given.
 * Threads: any.
 */
#ifndef SCHEMAS_SUGGEST_H
#define SCHEMAS_SUGGEST_H

#include <stddef.h>

#define SUGGEST_WORD_MAX_BYTES 64 /* longer words are never near */

size_t suggest_get_distance(const char *a, const char *b);
/* NULL if none is near. */
const char *suggest_find_near(const char *word, const char *const *candidates, size_t candidate_count);

#endif
