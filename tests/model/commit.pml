/* commit: one task, from its record in `tasks` to its settled row, through crashes, takeovers and zombies.
 *
 * Two workers, one partition, one key. Whatever a *life* (one start of a worker) has sent lies in a queue of its own
 * until the broker appends it: in order, at any later time, also after the life has ended; or it is lost with the life.
 * `state` holds claims and rows and is compacted; the two tiers hold the records that carry the task on. The true owner
 * is the first claim of the highest epoch.
 *
 * Options that widen it:
 *   ATTEMPTS=n  scheduled attempts               FAULTS=n  crashes (disk kept or lost) and handovers in all
 *   HOLD        a wait may be spent in memory    APART     an attempt begins and ends in two steps
 *   HOPS=n      records not due that are put back, as hops or deferred by a lane: to the second tier, no row, no
 *               attempt
 *   COPIES      once, a life's acknowledgements are lost and it sends all of that again, in order
 *   CLEAN       the settled row goes             STOP      a stop command comes
 *   OWNED       worker 0 owns at the start       NO_CRASH, NO_HANDOVER
 *   SCRIPT      three faults: a handover, a crash of the new owner that keeps its disk, one that does not
 * Options that take a rule away are told in README.md, each with the variant that shows what it is for.
 */
#ifndef ATTEMPTS
#define ATTEMPTS 2
#endif
#ifndef FAULTS
#define FAULTS 1
#endif
#ifndef HOPS
#define HOPS 0
#endif
#define LIFE_MAX 6 /* lives are 1..5 */
#define STATE_MAX 20
#define TIER_MAX 6
#define ROOM 3 /* records on their way of one life */
#ifndef EPOCH_MAX
#define EPOCH_MAX 9 /* runs with more claims are cut off */
#endif

/* kinds of records */
#define CLAIM_RECORD 1
#define ROW_RECORD 2
#define LONG_RECORD 3
#define SHORT_RECORD 4
#define AGAIN_RECORD 5 /* a row written again, where those are not counted (COUNT_PLANNED) */

/* a row's status */
#define ABSENT 0 /* no row; of a record: a tombstone */
#define SENDING 1
#define SUCCESS 2
#define STOPPED 3
#define IS_SETTLED(status) ((status) >= SUCCESS)

/* coordinates */
#define NOWHERE 0
#define TASKS 1
#define LONG(offset) (8 + (offset))
#define SHORT(offset) (16 + (offset))

/* phases of a worker, as in partition.h */
#define DOWN 0
#define RESTORE 1
#define CLAIM 2
#define RUN 3

/* stages of the key, as in hand.h; HELD: IDLE there, with `held` */
#define IDLE 0
#define HELD 1
#define CALL 2
#define CARRY 3
#define SEND_ROW 4
#define ROW 5
#define HOP 6

typedef Row { byte status; byte attempts; byte src; byte at }
typedef Record {
    byte kind; byte epoch; byte life; byte status; byte attempts; byte src; byte at;
    byte later /* the offset of a later one with its key; 0: none */
}
typedef Worker {
    /* on disk: RocksDB */
    byte next; byte highest; Row row; bit has_debt;
    /* in memory */
    byte phase; byte life; byte epoch; byte member; bit is_proven;
    byte tasks_next; byte long_next; byte short_next;
    bit tasks_done; byte long_done; byte short_done;
    byte stage; byte identity; byte own; byte attempt;
    Row plan;
    byte rows_unacked; bit is_applied;
    byte began;   /* attempts of this life, by number */
#ifdef STOP
    bit is_stop_done;
#endif
}

Worker workers[2];
#define W workers[me]

/* the broker and the group */
Record state[STATE_MAX]; byte state_end;
byte safe_end; /* compaction takes nothing from here on: min.compaction.lag.ms */
byte long_end; byte long_epoch[TIER_MAX];
byte short_end; byte short_epoch[TIER_MAX]; byte short_of[TIER_MAX];
bit tasks_committed; byte long_committed; byte short_committed;
#ifdef STOP
bit is_stop_committed;
#endif
byte group_owner; byte membership = 1;
chan queue[LIFE_MAX] = [ROOM] of { byte, byte, byte, byte, byte, byte };
#ifdef COPIES
chan unanswered[LIFE_MAX] = [ROOM] of { byte, byte, byte, byte, byte, byte };
byte deaf_life; bit is_copied;
#endif
byte life_count; byte fault_count; byte hop_count;

/* what the properties remember */
byte top_epoch; byte true_life;
bit is_settled; /* its end stands in `state`, written by the true owner */
bit is_seen;    /* and a true owner has read that */
bit is_cleaned;
byte begun; /* the highest attempt that was made */

byte kind, epoch, status, attempts, src, at, i; /* of the step under way */

#ifdef COPIES
#define ON_THE_WAY (len(queue[W.life]) + len(unanswered[W.life]))
#else
#define ON_THE_WAY len(queue[W.life])
#endif
#define HAS_ROOM(count) (ON_THE_WAY + (count) <= ROOM)
#ifdef COMPLETE_ON_APPLIED
#define ARE_ROWS_ACKED true
#else
#define ARE_ROWS_ACKED (W.rows_unacked == 0)
#endif
#define IS_IN_HAND (W.stage != IDLE || !ARE_ROWS_ACKED)
#ifdef READ_AT_ONCE
#define MAY_JUDGE (W.stage == IDLE || W.stage == CARRY || W.stage == SEND_ROW || W.stage == ROW)
#else
#define MAY_JUDGE (!IS_IN_HAND)
#endif
#define IS_TRUE_OWNER (W.life == true_life)
#define IS_MEMBER (group_owner == me && W.member == membership)

/* ---- sending ---- */

inline send_row(record_kind, of_status, of_attempts, of_src, of_at)
{
    queue[W.life]!record_kind, W.epoch, of_status, of_attempts, of_src, of_at;
    if
    :: record_kind == ROW_RECORD -> W.rows_unacked++
    :: else
    fi
}

/* partition_reassert(): the row on its way, if there is one, else the view */
inline write_again()
{
#ifdef COUNT_PLANNED
#define REASSERTED AGAIN_RECORD
#else
#define REASSERTED ROW_RECORD
#endif
    if
#ifndef REASSERT_VIEW
    :: W.stage == ROW -> send_row(REASSERTED, W.plan.status, W.plan.attempts, W.plan.src, W.plan.at)
#endif
    :: else -> send_row(REASSERTED, W.row.status, W.row.attempts, W.row.src, W.row.at)
    fi
}

inline complete(coordinates)
{
    if
    :: coordinates >= SHORT(0) -> W.short_done = W.short_done | (1 << (coordinates - SHORT(0)))
    :: coordinates >= LONG(0) && coordinates < SHORT(0) -> W.long_done = W.long_done | (1 << (coordinates - LONG(0)))
    :: coordinates == TASKS -> W.tasks_done = 1
    :: else
    fi
}

inline set_idle()
{
    W.stage = IDLE; W.identity = 0; W.own = 0; W.attempt = 0; W.is_applied = 0;
    W.plan.status = 0; W.plan.attempts = 0; W.plan.src = 0; W.plan.at = 0
}

/* end_plan(): the row has landed and is known to */
inline end_plan()
{
    if
    :: W.plan.status == SENDING && W.plan.at == W.identity -> /* PLAN_HOLD */
        W.stage = HELD; W.attempt = W.plan.attempts + 1; W.is_applied = 0;
        W.plan.status = 0; W.plan.attempts = 0; W.plan.src = 0; W.plan.at = 0
    :: else ->
#ifdef STOP
        if
        :: W.plan.status == STOPPED -> W.is_stop_done = 1
        :: else
        fi;
#endif
        complete(W.own);
        set_idle()
    fi
}

/* advance(): SEND_ROW and ROW */
inline advance()
{
    if
    :: W.stage == SEND_ROW && ARE_ROWS_ACKED ->
        W.stage = ROW;
        send_row(ROW_RECORD, W.plan.status, W.plan.attempts, W.plan.src, W.plan.at)
    :: W.stage == ROW && W.is_applied && ARE_ROWS_ACKED -> end_plan()
    :: else
    fi
#ifdef COMPLETE_ON_SEND
    ; if
    :: W.stage == ROW -> complete(W.own)
    :: else
    fi
#endif
}

inline plan_row(of_status, of_attempts, of_src, of_at)
{
    W.plan.status = of_status; W.plan.attempts = of_attempts; W.plan.src = of_src; W.plan.at = of_at;
    W.stage = SEND_ROW;
    advance()
}

/* ---- losing the partition ---- */

inline forget()
{
    set_idle();
    W.epoch = 0;
    W.tasks_next = 0; W.long_next = 0; W.short_next = 0;
    W.tasks_done = 0; W.long_done = 0; W.short_done = 0;
    W.rows_unacked = 0; W.began = 0;
#ifdef DEBT_IN_MEMORY
    W.has_debt = 0;
#endif
#ifdef STOP
    W.is_stop_done = 0;
#endif
    W.phase = DOWN; W.life = 0; W.member = 0; W.is_proven = 0
}

inline lose_disk()
{
    W.next = 0; W.highest = 0; W.has_debt = 0;
    W.row.status = 0; W.row.attempts = 0; W.row.src = 0; W.row.at = 0
}

#define CAN_COMMIT (W.phase == RUN && IS_MEMBER)
inline commit_tasks() { tasks_committed = 1 }

/* Commits may have reached any of the complete offsets before it was lost. */
inline commit_some()
{
    do
#ifndef CLEAN
    :: d_step { CAN_COMMIT && !tasks_committed && W.tasks_done -> commit_tasks() }
#endif
    :: d_step { CAN_COMMIT && (W.long_done & (1 << long_committed)) -> long_committed++ }
    :: d_step { CAN_COMMIT && (W.short_done & (1 << short_committed)) -> short_committed++ }
    :: true -> break
    od
}

/* ---- reading `state` ---- */

#define HAS_GONE_BACK(was_settled) (was_settled && !IS_SETTLED(W.row.status) && !(W.row.status == ABSENT && is_cleaned))

inline begin_owning()
{
    assert(IS_TRUE_OWNER || top_epoch > W.epoch);
    assert(!IS_TRUE_OWNER || !HAS_GONE_BACK(is_settled));
    W.phase = RUN;
    W.tasks_next = tasks_committed; W.long_next = long_committed; W.short_next = short_committed;
    W.tasks_done = tasks_committed; W.long_done = (1 << long_committed) - 1; W.short_done = (1 << short_committed) - 1;
#ifdef STOP
    W.is_stop_done = is_stop_committed;
#endif
    if
    :: W.has_debt -> write_again()
    :: else
    fi
}

inline apply_claim_record()
{
    if
    :: state[i].epoch > W.highest -> W.highest = state[i].epoch
    :: else
    fi;
    if
    :: W.phase == CLAIM && state[i].life == W.life && state[i].epoch == W.epoch -> begin_owning()
    :: W.phase == CLAIM && state[i].life != W.life && state[i].epoch >= W.epoch -> W.phase = RESTORE; W.epoch = 0
    :: W.phase == RUN && state[i].life != W.life && state[i].epoch >= W.epoch -> forget()
    :: else
    fi
}

inline apply_row_record()
{
    if
#ifndef APPLY_ZOMBIES
    :: state[i].epoch < W.highest ->
#ifndef NO_REASSERT
        W.has_debt = 1;
        if
        :: W.phase == RUN -> write_again()
        :: else
        fi
#endif
#endif
    :: else ->
        W.row.status = state[i].status; W.row.attempts = state[i].attempts;
        W.row.src = state[i].src; W.row.at = state[i].at;
        W.has_debt = 0;
        if
        :: W.phase == RUN && IS_TRUE_OWNER ->
            assert(!HAS_GONE_BACK(is_seen));
            is_seen = is_seen | IS_SETTLED(W.row.status)
        :: else
        fi;
        if
        :: W.phase == RUN && W.stage == ROW && W.plan.status == state[i].status &&
            W.plan.attempts == state[i].attempts &&
           W.plan.src == state[i].src && W.plan.at == state[i].at ->
            W.is_applied = 1;
            advance()
        :: else
        fi
    fi
}

inline apply_record()
{
    i = W.next;
    W.next++;
    if
    :: state[i].kind == CLAIM_RECORD -> apply_claim_record()
    :: else -> apply_row_record()
    fi;
    i = 0;
    /* all before is read, and what was owed has come back */
    if
    :: W.phase == RUN && IS_TRUE_OWNER && !W.has_debt && safe_end < W.next -> safe_end = W.next
    :: else
    fi
}

#ifdef COMPACT_SOON
#define SAFE_END state_end
#else
#define SAFE_END safe_end
#endif
#define MAY_BE_GONE (state[W.next].later != 0 && state[W.next].later < SAFE_END)
#define IS_HIGHER_CLAIM (state[W.next].kind == CLAIM_RECORD && state[W.next].epoch > W.epoch)

/* ---- the fence: task_judge_fence() and act_on_verdict() ---- */

inline judge(coordinates, of_identity, is_tier)
{
    if
    :: W.row.status == ABSENT && !is_tier -> /* FENCE_NEW */
        W.stage = HELD; W.own = coordinates; W.identity = of_identity; W.attempt = 1
    :: W.row.status == SENDING && W.row.at == of_identity -> /* FENCE_CARRY */
        W.stage = HELD; W.own = coordinates; W.identity = of_identity; W.attempt = W.row.attempts + 1
    :: else -> complete(coordinates) /* FENCE_WRITTEN, FENCE_REREAD, FENCE_DELETED, FENCE_STALE */
    fi
}

/* A stop may have landed while it was held. */
#define IS_STILL_CARRIED (W.row.status == ABSENT && W.identity == TASKS \
    || W.row.status == SENDING && W.row.at == W.identity)

/* ---- attempts ---- */

inline begin_attempt()
{
    assert(!IS_TRUE_OWNER || !is_settled);                             /* no call after the end */
    assert(W.attempt <= ATTEMPTS && W.attempt <= begun + 1);           /* no gap, none too many */
    assert(!(W.began & (1 << W.attempt)));                             /* a life does not repeat itself */
    assert(FAULTS > 0 || W.attempt == begun + 1);                      /* without a fault nobody does */
    W.began = W.began | (1 << W.attempt);
    if
    :: W.attempt > begun -> begun = W.attempt
    :: else
    fi
}

inline end_with_success() { plan_row(SUCCESS, W.attempt, W.identity, NOWHERE) }

inline end_with_hold() { plan_row(SENDING, W.attempt, W.identity, W.identity) }

inline end_with_carry()
{
    W.stage = CARRY;
#ifdef ROW_BEFORE_CARRY
    /* the row, before the offset of the record that it should name is known */
    send_row(ROW_RECORD, SENDING, W.attempt, W.identity, LONG(long_end));
#endif
    queue[W.life]!LONG_RECORD, W.epoch, 0, 0, 0, 0
}

/* note_carried(): the record that carries the task has its coordinates, in `at` */
inline note_carried()
{
    if
    :: W.stage == CARRY ->
#ifdef COMPLETE_ON_CARRY
        complete(W.own);
#endif
#ifdef ROW_BEFORE_CARRY
        complete(W.own); set_idle()
#else
        plan_row(SENDING, W.attempt, W.identity, at)
#endif
    :: W.stage == HOP -> complete(W.own); set_idle()
    :: else
    fi
}

inline note_row_acked()
{
    if
    :: W.phase == RUN ->
        W.rows_unacked--;
#ifdef COMPLETE_ON_ACK
        W.is_applied = 1;
#endif
        advance()
    :: else
    fi
}

#ifdef CLEAN_AT_ONCE
#define IS_CLEAN_SAFE true
#else
#ifdef CLEAN_BY_COMMIT
#define IS_CLEAN_SAFE tasks_committed
#else
#define IS_CLEAN_SAFE (tasks_committed && W.tasks_done)
#endif
#endif

#ifdef JUDGE_BEHIND
#define IS_BEHIND(of_epoch) false
#else
#define IS_BEHIND(of_epoch) ((of_epoch) > W.epoch)
#endif

proctype Work(byte me)
{
end:
    do
    :: d_step { W.phase == DOWN && group_owner == me && top_epoch < EPOCH_MAX ->
        life_count++; assert(life_count < LIFE_MAX);
        W.life = life_count; W.member = membership; W.phase = RESTORE }
    :: d_step { W.phase != DOWN && !IS_MEMBER -> forget() }
    /* before owning nothing depends on how fast it reads */
    :: atomic { (W.phase == RESTORE || W.phase == CLAIM) && W.next < state_end && HAS_ROOM(1) ->
        do
        :: d_step { (W.phase == RESTORE || W.phase == CLAIM) && W.next < state_end && MAY_BE_GONE -> W.next++ }
        :: d_step { (W.phase == RESTORE || W.phase == CLAIM) && W.next < state_end -> apply_record() }
        :: !((W.phase == RESTORE || W.phase == CLAIM) && W.next < state_end) -> break
        od }
    :: d_step { W.phase == RUN && W.next < state_end && MAY_BE_GONE -> W.next++ }
    :: d_step { W.phase == RUN && W.next < state_end && !IS_HIGHER_CLAIM && HAS_ROOM(2) -> apply_record() }
    :: atomic { W.phase == RUN && W.next < state_end && IS_HIGHER_CLAIM -> commit_some(); d_step { true ->
        apply_record() } }
    /* prove(): the group takes a commit sent at the end of `state`; when the answer comes, that may be long ago */
    :: d_step { W.phase == RESTORE && W.next == state_end && IS_MEMBER && !W.is_proven -> W.is_proven = 1 }
    :: d_step { W.phase == RESTORE && W.next == state_end && W.highest < EPOCH_MAX && W.is_proven && HAS_ROOM(1) ->
        W.is_proven = 0; W.epoch = W.highest + 1; W.phase = CLAIM;
        queue[W.life]!CLAIM_RECORD, W.epoch, 0, 0, 0, 0 }
    /* `tasks` and the tiers */
    :: d_step { W.phase == RUN && W.tasks_next == 0 && MAY_JUDGE ->
        W.tasks_next = 1;
        judge(TASKS, TASKS, 0) }
    :: atomic { W.phase == RUN && W.long_next < long_end && IS_BEHIND(long_epoch[W.long_next]) ->
        commit_some(); d_step { true -> forget() } }
    :: d_step { W.phase == RUN && W.long_next < long_end && MAY_JUDGE && !IS_BEHIND(long_epoch[W.long_next]) ->
        i = W.long_next; W.long_next++;
        if
        :: W.stage == IDLE -> judge(LONG(i), LONG(i), 1)
        :: else -> complete(LONG(i)) /* READ_AT_ONCE: its row is not there yet, so it looks stale */
        fi;
        i = 0 }
    :: atomic { W.phase == RUN && W.short_next < short_end && IS_BEHIND(short_epoch[W.short_next]) ->
        commit_some(); d_step { true -> forget() } }
    :: d_step { W.phase == RUN && W.short_next < short_end && MAY_JUDGE && !IS_BEHIND(short_epoch[W.short_next]) ->
        i = W.short_next; W.short_next++;
        judge(SHORT(i), short_of[i], 1);
        i = 0 }
    /* not due, or its lane is full: to the other tier, with `of` */
    :: d_step { W.phase == RUN && W.stage == HELD && hop_count < HOPS && W.row.status == SENDING &&
        W.row.at == W.identity &&
                ARE_ROWS_ACKED && HAS_ROOM(1) ->
        hop_count++; W.stage = HOP;
#ifdef OF_LAST
        queue[W.life]!SHORT_RECORD, W.epoch, 0, 0, W.own, 0 }
#else
        queue[W.life]!SHORT_RECORD, W.epoch, 0, 0, W.identity, 0 }
#endif
    /* attempts */
#ifdef STOP
    :: d_step { W.phase == RUN && W.stage == HELD && !IS_STILL_CARRIED -> complete(W.own); set_idle() }
#endif
#ifdef APART
    :: d_step { W.phase == RUN && W.stage == HELD && IS_STILL_CARRIED -> begin_attempt(); W.stage = CALL }
#define CAN_END (W.phase == RUN && W.stage == CALL && HAS_ROOM(2) && ARE_ROWS_ACKED)
#define BEGIN skip
#else
#define CAN_END (W.phase == RUN && W.stage == HELD && IS_STILL_CARRIED && HAS_ROOM(2) && ARE_ROWS_ACKED)
#define BEGIN begin_attempt()
#endif
    :: d_step { CAN_END -> BEGIN; end_with_success() }
    :: d_step { CAN_END && W.attempt < ATTEMPTS -> BEGIN; end_with_carry() }
#ifdef HOLD
    :: d_step { CAN_END && W.attempt < ATTEMPTS -> BEGIN; end_with_hold() }
#endif
#ifdef STOP
    /* command_judge(): waits while the key is in hand; a held record is set aside, and found stale afterwards */
    :: d_step { W.phase == RUN && !W.is_stop_done && W.row.status == SENDING &&
        (W.stage == IDLE || W.stage == HELD) && ARE_ROWS_ACKED && HAS_ROOM(1) ->
        if
        :: W.stage == HELD -> complete(W.own)
        :: else
        fi;
        set_idle();
        plan_row(STOPPED, W.row.attempts, W.row.src, NOWHERE) }
    :: d_step { W.phase == RUN && !W.is_stop_done && IS_SETTLED(W.row.status) && W.stage == IDLE -> W.is_stop_done = 1 }
    :: d_step { CAN_COMMIT && W.is_stop_done && !is_stop_committed -> is_stop_committed = 1 }
#endif
#ifdef CLEAN
    :: d_step { CAN_COMMIT && !tasks_committed && W.tasks_done -> commit_tasks() }
    :: d_step { W.phase == RUN && IS_SETTLED(W.row.status) && !IS_IN_HAND && HAS_ROOM(1) && IS_CLEAN_SAFE ->
        plan_row(ABSENT, 0, NOWHERE, NOWHERE) }
#endif
    od
}

/* ---- the broker ---- */

inline append_state(life)
{
    assert(state_end < STATE_MAX);
    i = 0;
    do
    :: i < state_end ->
        if
        :: state[i].later == 0 && state[i].kind == kind && kind == ROW_RECORD -> state[i].later = state_end
        :: else
        fi;
        i++
    :: else -> break
    od;
    i = 0;
    state[state_end].kind = kind; state[state_end].epoch = epoch; state[state_end].life = life;
    state[state_end].status = status; state[state_end].attempts = attempts;
    state[state_end].src = src; state[state_end].at = at;
    state_end++;
    if
    :: kind == CLAIM_RECORD && epoch > top_epoch -> top_epoch = epoch; true_life = life
    :: kind == ROW_RECORD && life == true_life && IS_SETTLED(status) -> is_settled = 1
    :: kind == ROW_RECORD && life == true_life && status == ABSENT && is_settled -> is_cleaned = 1
    :: else
    fi
}

inline append(life)
{
    if
    :: kind == LONG_RECORD ->
        assert(long_end < TIER_MAX);
        long_epoch[long_end] = epoch; at = LONG(long_end); long_end++
    :: kind == SHORT_RECORD ->
        assert(short_end < TIER_MAX);
        short_epoch[short_end] = epoch; at = SHORT(short_end); short_of[short_end] = src;
#ifdef NO_OF
        short_of[short_end] = at;
#endif
        short_end++
    :: else -> append_state(life)
    fi
}

inline acknowledge(life)
{
    me = 2;
    if
    :: workers[0].life == life -> me = 0
    :: workers[1].life == life -> me = 1
    :: else
    fi;
    if
    :: me < 2 && (kind == LONG_RECORD || kind == SHORT_RECORD) && W.phase == RUN -> note_carried()
    :: me < 2 && kind == ROW_RECORD && !is_again -> note_row_acked()
    :: else
    fi;
    me = 0
}

inline clear_step() { kind = 0; epoch = 0; status = 0; attempts = 0; src = 0; at = 0; i = 0 }

#define IS_LIFE_OVER(life) (workers[0].life != life && workers[1].life != life)
#ifdef COPIES
#define IS_HEARD(life) (deaf_life != life)
#else
#define IS_HEARD(life) true
#endif

proctype Broker(byte life)
{
    byte me; bit is_again;
end:
    do
    :: d_step { len(queue[life]) > 0 ->
        queue[life]?kind, epoch, status, attempts, src, at;
#ifdef COPIES
        if
        :: !IS_HEARD(life) -> unanswered[life]!kind, epoch, status, attempts, src, at
        :: else
        fi;
#endif
        if
        :: kind == AGAIN_RECORD -> kind = ROW_RECORD; is_again = 1
        :: else
        fi;
        append(life);
        if
        :: IS_HEARD(life) -> acknowledge(life)
        :: else
        fi;
        is_again = 0;
        clear_step() }
    :: d_step { len(queue[life]) > 0 && IS_LIFE_OVER(life) ->
        do
        :: len(queue[life]) > 0 -> queue[life]?kind, epoch, status, attempts, src, at
        :: else -> break
        od;
        clear_step() }
#ifdef COPIES
    :: d_step { len(queue[life]) > 0 && !is_copied -> is_copied = 1; deaf_life = life }
    :: d_step { deaf_life == life && len(unanswered[life]) > 0 -> /* all that has no answer once more, then the rest */
        deaf_life = 0;
        do
        :: len(queue[life]) > 0 ->
            queue[life]?kind, epoch, status, attempts, src, at;
            unanswered[life]!kind, epoch, status, attempts, src, at
        :: else -> break
        od;
        do
        :: len(unanswered[life]) > 0 ->
            unanswered[life]?kind, epoch, status, attempts, src, at;
            queue[life]!kind, epoch, status, attempts, src, at
        :: else -> break
        od;
        clear_step() }
#endif
    od
}

/* ---- faults ---- */

inline crash(is_disk_lost, goes_over)
{
    forget();
    if
    :: is_disk_lost -> lose_disk()
    :: else
    fi;
    if
    :: group_owner == me -> membership++
    :: else
    fi;
    if
    :: goes_over -> group_owner = 1 - me
    :: else
    fi
}

proctype Faults()
{
    byte me;
end:
    do
#ifdef SCRIPT /* a handover; worker 1 starts again with its disk; and once more without it */
    :: d_step { fault_count == 0 -> fault_count++; membership++; group_owner = 1 }
    :: d_step { fault_count == 1 && workers[1].phase == RUN -> fault_count++; me = 1; crash(0, 0); me = 0 }
    :: d_step { fault_count == 2 && workers[1].phase == RUN -> fault_count++; me = 1; crash(1, 0); me = 0 }
#else
    :: atomic { fault_count < FAULTS ->
        fault_count++;
        me = group_owner; commit_some();
        if
#ifndef NO_HANDOVER
        :: d_step { true -> membership++; group_owner = 1 - group_owner }
#endif
#ifndef NO_CRASH
        :: d_step { workers[0].phase != DOWN -> me = 0; crash(0, 0) }
        :: d_step { workers[0].phase != DOWN -> me = 0; crash(1, 0) }
        :: d_step { workers[0].phase != DOWN && group_owner == 0 -> me = 0; crash(0, 1) }
        :: d_step { workers[0].phase != DOWN && group_owner == 0 -> me = 0; crash(1, 1) }
        :: d_step { workers[1].phase != DOWN -> me = 1; crash(0, 0) }
        :: d_step { workers[1].phase != DOWN -> me = 1; crash(1, 0) }
        :: d_step { workers[1].phase != DOWN && group_owner == 1 -> me = 1; crash(0, 1) }
        :: d_step { workers[1].phase != DOWN && group_owner == 1 -> me = 1; crash(1, 1) }
#endif
        :: else -> skip
        fi;
        me = 0 }
#endif
    od
}

/* At rest the group's owner owns, the task is settled, and no offset is held for ever. */
#define OWNER workers[group_owner]
active proctype Rest()
{
    timeout ->
    if
    :: top_epoch >= EPOCH_MAX && OWNER.phase != RUN -> skip
    :: else ->
        assert(OWNER.phase == RUN && OWNER.life == true_life);
        assert(IS_SETTLED(OWNER.row.status) || (OWNER.row.status == ABSENT && is_cleaned));
        assert(OWNER.tasks_done && OWNER.long_done == (1 << long_end) - 1 && OWNER.short_done == (1 << short_end) - 1)
    fi
}

init
{
    atomic {
#ifdef OWNED
        d_step {
            life_count = 1; state_end = 1; top_epoch = 1; true_life = 1; safe_end = 1;
            state[0].kind = CLAIM_RECORD; state[0].epoch = 1; state[0].life = 1;
            workers[0].next = 1; workers[0].highest = 1; workers[0].phase = RUN; workers[0].life = 1;
            workers[0].epoch = 1; workers[0].member = 1
        }
#endif
        run Work(0); run Work(1); run Faults();
        run Broker(1); run Broker(2); run Broker(3); run Broker(4); run Broker(5)
    }
}
