#include "json_flat.h"

#include <string.h>

#include "plain.h"
#include "utf8.h"

#define MS_PER_S 1000
#define DECIMALS_MAX 3

struct reader {
    const char *at;
    const char *end;
};

static bool take(struct reader *reader, char wanted)
{
    if (reader->at == reader->end || *reader->at != wanted)
        return false;
    reader->at++;
    return true;
}

static bool is_digit(const struct reader *reader)
{
    return reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9';
}

/* At most JSON_NUMBER_MAX, and no leading zero. */
static bool take_whole(struct reader *reader, int64_t *ret_whole)
{
    const char *first = reader->at;
    int64_t whole = 0;

    for (; is_digit(reader); reader->at++) {
        whole = whole * 10 + *reader->at - '0';
        if (whole > JSON_NUMBER_MAX)
            return false;
    }
    *ret_whole = whole;
    return reader->at > first && (*first != '0' || reader->at == first + 1);
}

/* After the decimal point, if there is one. */
static bool take_decimals(struct reader *reader, int64_t *ret_ms)
{
    int64_t unit_ms = MS_PER_S;

    *ret_ms = 0;
    if (!take(reader, '.'))
        return true;
    for (int i = 0; i < DECIMALS_MAX && is_digit(reader); i++) {
        unit_ms /= 10;
        *ret_ms += (*reader->at++ - '0') * unit_ms;
    }
    return unit_ms < MS_PER_S;
}

static bool take_number(struct reader *reader, const struct json_field *field, int64_t *ret_number)
{
    bool is_negative = take(reader, '-');
    int64_t number;
    int64_t decimals_ms;

    if (!take_whole(reader, &number))
        return false;
    if (field->type == JSON_SECONDS) {
        /* So large a number of seconds is beyond every range; and its decimals would not be exact. */
        if (number > JSON_NUMBER_MAX / MS_PER_S || !take_decimals(reader, &decimals_ms))
            return false;
        number = number * MS_PER_S + decimals_ms;
    }
    *ret_number = is_negative ? -number : number;
    return *ret_number >= field->min && *ret_number <= field->max;
}

static bool take_text(struct reader *reader, const struct json_field *field, struct json_value *value)
{
    if (!take(reader, '"'))
        return false;
    value->text = reader->at;
    for (;;) {
        size_t sequence_bytes;

        reader->at += plain_get_run_bytes(reader->at, (size_t)(reader->end - reader->at));
        value->text_bytes = (size_t)(reader->at - value->text);
        if (take(reader, '"'))
            return value->text_bytes >= (uint64_t)field->min && value->text_bytes <= (uint64_t)field->max;
        sequence_bytes = utf8_get_sequence_bytes(reader->at, (size_t)(reader->end - reader->at));
        if (sequence_bytes < 2)
            return false; /* an escape, a control, the end */
        reader->at += sequence_bytes;
    }
}

/* The items are judged when they are read. */
static bool take_list(struct reader *reader, const struct json_field *field, struct json_value *value)
{
    if (!take(reader, '['))
        return false;
    value->text = reader->at;
    value->number = take(reader, ']') ? 0 : 1;
    for (; value->number > 0 && reader->at < reader->end && *reader->at != ']'; reader->at++)
        value->number += *reader->at == ',';
    value->text_bytes = value->number > 0 ? (size_t)(reader->at - value->text) : 0;
    if (value->number > 0 && !take(reader, ']'))
        return false;
    return value->number >= field->min && value->number <= field->max;
}

static bool take_value(struct reader *reader, const struct json_field *field, struct json_value *value)
{
    value->is_given = true;
    switch (field->type) {
    case JSON_TEXT:
        return take_text(reader, field, value);
    case JSON_INTEGER:
    case JSON_SECONDS:
        return take_number(reader, field, &value->number);
    case JSON_ARRAY:
        return take_list(reader, field, value);
    default:
        return false;
    }
}

/* "name": of exactly this field. */
static bool take_name(struct reader *reader, const struct json_field *field)
{
    size_t name_bytes = strlen(field->name);
    const char *at = reader->at;

    if ((size_t)(reader->end - at) < name_bytes + 3 || at[0] != '"' || memcmp(at + 1, field->name, name_bytes) != 0 ||
        at[name_bytes + 1] != '"' || at[name_bytes + 2] != ':')
        return false;
    reader->at += name_bytes + 3;
    return true;
}

bool json_flat_read(const char *json, size_t json_bytes, const struct json_field *fields, size_t field_count,
                    struct json_value *ret_values)
{
    struct reader reader = {json, json + json_bytes};
    bool is_first = true;

    memset(ret_values, 0, field_count * sizeof *ret_values);
    if (!take(&reader, '{'))
        return false;
    for (size_t i = 0; i < field_count; i++) {
        struct reader member = reader;

        if ((is_first || take(&member, ',')) && take_name(&member, &fields[i])) {
            if (!take_value(&member, &fields[i], &ret_values[i]))
                return false;
            reader = member;
            is_first = false;
        } else if (fields[i].is_required) {
            return false;
        }
    }
    return take(&reader, '}') && reader.at == reader.end;
}

bool json_flat_read_list(const struct json_value *list, const struct json_field *item, int64_t *ret_numbers)
{
    struct reader reader = {list->text, list->text + list->text_bytes};

    for (int64_t i = 0; i < list->number; i++) {
        if ((i > 0 && !take(&reader, ',')) || !take_number(&reader, item, &ret_numbers[i]))
            return false;
    }
    return reader.at == reader.end;
}
