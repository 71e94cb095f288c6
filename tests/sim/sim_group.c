/* The group's coordinator: classic protocol, eager, range, one generation after the other. */
#include "alloc.h"
#include "sim.h"

#define SESSION_TIMEOUT_MS 3000
#define REBALANCE_TIMEOUT_MS 8000

struct member {
    int incarnation; /* 0: free */
    struct sim_node *node;
    int64_t seen_ms;
    int64_t generation; /* of its assignment; -1: none yet */
    bool has_joined;    /* waits for the assignment */
};

static struct member members[SIM_NODE_MAX * 8]; /* the dead are members until their session ends */
static int64_t generation;
static bool is_rebalancing;
static int64_t rebalance_end_ms;

#define MEMBER_COUNT (sizeof members / sizeof members[0])

static struct member *find(int incarnation)
{
    for (size_t i = 0; i < MEMBER_COUNT; i++) {
        if (members[i].incarnation == incarnation && incarnation != 0) {
            return &members[i];
        }
    }
    return NULL;
}

static bool is_running(const struct member *member)
{
    return member->node->incarnation == member->incarnation;
}

static void start_rebalance(void)
{
    if (!is_rebalancing) {
        sim.rebalance_count++;
        rebalance_end_ms = sim_now_ms + REBALANCE_TIMEOUT_MS;
    }
    is_rebalancing = true;
    for (size_t i = 0; i < MEMBER_COUNT; i++) {
        struct member *member = &members[i];

        if (member->incarnation != 0 && !member->has_joined && is_running(member)) {
            sim_intake_revoke(member->node->intake);
        }
    }
}

void sim_group_join(struct sim_node *node)
{
    struct member *member = find(node->incarnation);

    for (size_t i = 0; member == NULL && i < MEMBER_COUNT; i++) {
        if (members[i].incarnation == 0) {
            member = &members[i];
        }
    }
    *member = (struct member){
        .incarnation = node->incarnation, .node = node, .seen_ms = sim_now_ms, .generation = -1, .has_joined = true};
    start_rebalance();
}

void sim_group_leave(int incarnation)
{
    struct member *member = find(incarnation);

    if (member != NULL) {
        member->incarnation = 0;
        start_rebalance();
    }
}

void sim_group_note_revoked(struct sim_node *node)
{
    struct member *member = find(node->incarnation);

    if (member == NULL) {
        sim_group_join(node);
    } else {
        member->has_joined = true;
    }
}

int64_t sim_group_get_generation(int incarnation)
{
    const struct member *member = find(incarnation);

    return member == NULL ? -1 : member->generation;
}

static void remove_member(struct member *member)
{
    sim_trace("group: incarnation %d is no member any more", member->incarnation);
    if (is_running(member)) {
        sim_intake_lose(member->node->intake);
    }
    member->incarnation = 0;
}

void sim_group_kick(int incarnation)
{
    struct member *member = find(incarnation);

    if (member != NULL && member->generation >= 0 && !is_rebalancing) {
        remove_member(member);
        start_rebalance();
    }
}

static void complete_rebalance(void)
{
    int32_t next = 0;
    int left = 0;

    for (size_t i = 0; i < MEMBER_COUNT; i++) {
        left += members[i].incarnation != 0;
    }
    is_rebalancing = false;
    generation++;
    for (size_t i = 0; i < MEMBER_COUNT; i++) {
        struct member *member = &members[i];
        int32_t list[SIM_PARTITION_MAX];
        int32_t count;

        if (member->incarnation == 0) {
            continue;
        }
        count = (sim.profile.partition_count - next + left - 1) / left;
        left--;
        for (int32_t j = 0; j < count; j++) {
            list[j] = next++;
        }
        member->has_joined = false;
        member->generation = generation;
        sim_trace("group: generation %lld gives %d partitions up to %d to incarnation %d", (long long)generation,
                  (int)count, (int)next - 1, member->incarnation);
        if (is_running(member)) {
            sim_intake_assign(member->node->intake, list, (size_t)count);
        }
    }
}

static bool have_all_joined(void)
{
    for (size_t i = 0; i < MEMBER_COUNT; i++) {
        if (members[i].incarnation != 0 && !members[i].has_joined) {
            return false;
        }
    }
    return true;
}

/* A group is deleted while the workers are off: with members it cannot be. Its offsets go with it. */
static void delete_if_empty(void)
{
    for (int i = 0; i < SIM_NODE_MAX; i++) {
        if (sim.nodes[i].incarnation != 0) {
            return;
        }
    }
    for (size_t i = 0; i < MEMBER_COUNT; i++) {
        if (members[i].incarnation != 0) {
            return;
        }
    }
    if (sim.profile.has_deleted_group && sim_has_faults() && sim_chance(50)) {
        sim_trace("group: deleted");
        sim_forget_offsets();
    }
}

/* As the client does by itself: who is thrown out while it waits for its assignment has nothing to lose, and joins. */
static void join_again(void)
{
    for (int i = 0; i < SIM_NODE_MAX; i++) {
        struct sim_node *node = &sim.nodes[i];

        if (node->intake != NULL && sim_intake_is_waiting(node->intake) && sim_is_alive(node->incarnation) &&
            find(node->incarnation) == NULL) {
            sim_group_join(node);
        }
    }
}

void sim_group_tick(void)
{
    delete_if_empty();
    join_again();
    for (size_t i = 0; i < MEMBER_COUNT; i++) {
        struct member *member = &members[i];

        if (member->incarnation == 0) {
            continue;
        }
        if (sim_is_alive(member->incarnation)) {
            member->seen_ms = sim_now_ms;
        }
        if (sim_now_ms - member->seen_ms > SESSION_TIMEOUT_MS ||
            (is_rebalancing && sim_now_ms >= rebalance_end_ms && !member->has_joined)) {
            remove_member(member);
            start_rebalance();
        }
    }
    if (is_rebalancing && have_all_joined()) {
        complete_rebalance();
    }
}
