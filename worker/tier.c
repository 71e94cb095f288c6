#include "tier.h"

int64_t tier_choose(const struct tiers *tiers, int64_t wait_ms)
{
    int64_t chosen_ms = tiers->wait_ms[0];

    for (size_t i = 1; i < tiers->count && tiers->wait_ms[i] <= wait_ms + TIER_SLACK_MS; i++) {
        chosen_ms = tiers->wait_ms[i];
    }
    return chosen_ms;
}

int64_t tier_get_release(int64_t tier_ms, int64_t append_time_ms, int64_t due_time_ms)
{
    int64_t release_time_ms = append_time_ms + tier_ms;

    return due_time_ms < release_time_ms ? due_time_ms : release_time_ms;
}
