/* json_flat: reads an object in the form our own printers give it, without a tree: for rows, which are read back often.
 *
 * The form: members in the order of the table (any may be left out that need not be there), no white space, texts
 * without escapes, whole numbers, seconds with at most three decimals, lists of such seconds. What has this form gets
 * the values that json_parse() and json_read_object() would give; all else is left to them to read or to refuse.
 *
 * Memory:  texts borrow from the JSON and have no NUL behind them. Of a list, text is what stands between its brackets
 *          and number is how many items it has; json_flat_read_list() reads them.
 * Threads: any.
 */
#ifndef SCHEMAS_JSON_FLAT_H
#define SCHEMAS_JSON_FLAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json.h"

/* False: not of the form, or out of a field's range; ret_values are then without meaning. */
bool json_flat_read(const char *json, size_t json_bytes, const struct json_field *fields, size_t field_count,
                    struct json_value *ret_values);
/* The items of a JSON_ARRAY, each within item's range; ret_numbers has room for list->number. */
bool json_flat_read_list(const struct json_value *list, const struct json_field *item, int64_t *ret_numbers);

#endif
