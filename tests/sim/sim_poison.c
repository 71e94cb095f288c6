/* Poison: records of tasks, control and the tiers that no reader can make sense of, as other programs may write them.
 * Each must be in `dead` with the bytes it had, and must not keep the partition from moving on. */
#include "coords.h"
#include "sim.h"
#include <string.h>

#define POISON_MAX 8
#define TASK_TEXT "{\"business_type\":\"t\",\"business_id\":\"1\",\"url\":\"http://127.0.0.1/\"}"
#define TIER_HEADER "v=1;id=0-0;n=1;due=1;ep=1;pub=00000000000000000000000000000001"

/* Each is refused in all three kinds of topic. */
static const struct {
    const char *value; /* NULL: none */
    size_t value_bytes;
    const char *header; /* NULL: none */
} forms[] = {
    {NULL, 0, TIER_HEADER},
    {"", 0, TIER_HEADER},
    {"{", 1, TIER_HEADER},
    {"\0\0\0\0", 4, TIER_HEADER},
    {"{\"business_type\":\"t\xff\xfe\"}", 22, TIER_HEADER},
    {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", 32, TIER_HEADER},
    {TASK_TEXT, sizeof TASK_TEXT - 1, "v=2"},
    {TASK_TEXT, sizeof TASK_TEXT - 1, "v=1;id=9-9;n=-1"},
    {TASK_TEXT " ", sizeof TASK_TEXT, "v=1;id=9-9;ep=1;\n"},
};

struct poison {
    int64_t time_ms; /* 0: it is written */
    enum topic_kind kind;
    int64_t tier_ms;
    int32_t partition;
    size_t form;
    int64_t offset;
};

static struct poison poisons[POISON_MAX];
static size_t poison_count;

void sim_poison_init(void)
{
    static const enum topic_kind kinds[] = {TOPIC_TASKS, TOPIC_CONTROL, TOPIC_DELAY};
    uint64_t span_ms = (uint64_t)(sim.profile.fault_end_ms - SIM_START_MS);

    poison_count = sim_chance(200) ? 1 + sim_random(POISON_MAX) : 0;
    for (size_t i = 0; i < poison_count; i++) {
        struct poison *poison = &poisons[i];

        poison->time_ms = SIM_START_MS + (int64_t)sim_random(span_ms);
        poison->kind = kinds[sim_random(3)];
        poison->tier_ms = poison->kind == TOPIC_DELAY ? sim_tiers_ms[sim_random(SIM_TIER_COUNT)] : 0;
        poison->partition = (int32_t)sim_random((uint64_t)sim.profile.partition_count);
        poison->form = sim_random(sizeof forms / sizeof forms[0]);
    }
}

static void write_poison(struct poison *poison)
{
    struct sim_record record = {.value = (char *)forms[poison->form].value,
                                .value_bytes = forms[poison->form].value_bytes,
                                .header = (char *)forms[poison->form].header};
    char key[] = "t:1";

    if (sim_chance(500)) {
        record.key = key;
        record.key_bytes = strlen(key);
    }
    record.header_bytes = strlen(record.header);
    poison->time_ms = 0;
    poison->offset = sim_append(sim_get_log(poison->kind, poison->tier_ms, poison->partition), &record);
}

void sim_poison_tick(void)
{
    for (size_t i = 0; i < poison_count; i++) {
        if (poisons[i].time_ms != 0 && poisons[i].time_ms <= sim_now_ms) {
            write_poison(&poisons[i]);
        }
    }
}

static bool is_letter_of(const struct sim_record *letter, const struct poison *poison, const char *source)
{
    size_t value_bytes = forms[poison->form].value_bytes;

    return letter->source != NULL && strcmp(letter->source, source) == 0 && letter->value_bytes == value_bytes &&
           (value_bytes == 0 || memcmp(letter->value, forms[poison->form].value, value_bytes) == 0);
}

static bool has_letter(const struct poison *poison, const char *source)
{
    const struct sim_log *dead = sim_get_log(TOPIC_DEAD, 0, poison->partition);

    for (int64_t i = 0; i < dead->count; i++) {
        if (is_letter_of(&dead->records[i], poison, source)) {
            return true;
        }
    }
    return false;
}

void sim_poison_check_end(void)
{
    for (size_t i = 0; i < poison_count; i++) {
        const struct poison *poison = &poisons[i];
        struct coords coords = {.topic = poison->kind == TOPIC_TASKS     ? COORDS_TASKS
                                         : poison->kind == TOPIC_CONTROL ? COORDS_CONTROL
                                                                         : COORDS_DELAY,
                                .tier_ms = poison->tier_ms,
                                .partition = poison->partition,
                                .offset = poison->offset};
        char source[COORDS_TEXT_MAX_BYTES];

        coords_print(&coords, source);
        if (!has_letter(poison, source)) {
            sim_fail("I1: %s cannot be read, and no dead letter has its bytes", source);
        }
    }
}
