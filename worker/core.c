#include "core.h"
#include "alloc.h"
#include "hand.h"
#include "invariant.h"
#include <stdlib.h>
#include <string.h>

uint64_t token_make(enum token_kind kind, uint32_t generation, uint32_t slot)
{
    INVARIANT(slot < (1u << 24));
    return (uint64_t)kind << 56 | (uint64_t)generation << 24 | slot;
}

enum token_kind token_get_kind(uint64_t token)
{
    return (enum token_kind)(token >> 56);
}

uint32_t token_get_generation(uint64_t token)
{
    return (uint32_t)(token >> 24);
}

uint32_t token_get_slot(uint64_t token)
{
    return (uint32_t)(token & 0xffffff);
}

bool core_has_memory(const struct core *core)
{
    return core->taken_count < (size_t)core->params->memory_tasks &&
           core->taken_bytes < (size_t)core->params->memory_bytes;
}

struct hand *core_get_hand(const struct core *core, uint64_t token)
{
    uint32_t slot = token_get_slot(token);

    if (slot >= core->slot_count || core->slot_generations[slot] != token_get_generation(token)) {
        return NULL;
    }
    return core->slots[slot];
}

static void grow_slots(struct core *core)
{
    uint32_t slot_count = core->slot_count == 0 ? 1024 : 2 * core->slot_count;

    core->slots = alloc_resize(core->slots, slot_count, sizeof *core->slots);
    core->slot_generations = alloc_resize(core->slot_generations, slot_count, sizeof *core->slot_generations);
    for (uint32_t i = core->slot_count; i < slot_count; i++) {
        core->slots[i] = NULL;
        core->slot_generations[i] = 1;
    }
    core->slot_count = slot_count;
}

void core_add_hand(struct core *core, struct hand *hand)
{
    while (core->free_slot < core->slot_count && core->slots[core->free_slot] != NULL) {
        core->free_slot++;
    }
    if (core->free_slot == core->slot_count) {
        grow_slots(core);
    }
    hand->slot = core->free_slot;
    hand->generation = core->slot_generations[hand->slot];
    core->slots[hand->slot] = hand;
    core->free_slot++;
}

void core_remove_hand(struct core *core, struct hand *hand)
{
    INVARIANT(core->slots[hand->slot] == hand);
    core->slots[hand->slot] = NULL;
    core->slot_generations[hand->slot]++;
    if (hand->slot < core->free_slot) {
        core->free_slot = hand->slot;
    }
}

void core_close(struct core *core)
{
    heap_close(&core->holds);
    lanes_close(&core->lanes);
    free(core->slots);
    free(core->slot_generations);
    free(core->owned);
    free(core->cluster_id);
    free(core->wakes);
    core->slots = NULL;
    core->slot_generations = NULL;
    core->owned = NULL;
    core->cluster_id = NULL;
    core->wakes = NULL;
}
