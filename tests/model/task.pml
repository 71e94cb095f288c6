/* task: all that can befall one business key while one worker at a time owns its partition.
 *
 * Publications, copies of them, re-routed records, commands, two tiers, cleaning, trimming, lost group offsets. The
 * worker crashes at any step and another life goes on from what had landed; that a life's records may land later is
 * commit.pml's, so here a row sent either lands before the end of its life or never.
 *
 * What is published, in this order, at any time (tasks are numbered from 1, and the number is the publish id too):
 *   PUBLISH_1=1 PUBLISH_2=n PUBLISH_3=n PUBLISH_4=n    a number that stands twice is a copy with the same publish id
 *   REPLACE     the policy for a duplicate of the key (else: ignore)
 *   STRAY       task 1 is not at home: another partition's owner carries it here, again if it dies before its commit
 *   LATE_CARRY  what that owner had sent may be appended after its successor's commit
 * COMMAND_1, COMMAND_2: STOP or DELETE, at any time.
 * ATTEMPTS=n, CRASHES=n, DELAYED (a task may have to wait before its first attempt), HOPS=n (records put back to
 * the second tier: hops and deferrals), CLEAN (settled rows go by age), TRIM, FORGET (once, group offsets are lost).
 * Options that take a rule away are told in README.md.
 */
#ifndef ATTEMPTS
#define ATTEMPTS 1
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef HOPS
#define HOPS 0
#endif
#ifndef PUBLISH_1
#define PUBLISH_1 1
#endif
#ifndef PUBLISH_2
#define PUBLISH_2 0
#endif
#ifndef PUBLISH_3
#define PUBLISH_3 0
#endif
#ifndef PUBLISH_4
#define PUBLISH_4 0
#endif
#ifndef COMMAND_1
#define COMMAND_1 0
#endif
#ifndef COMMAND_2
#define COMMAND_2 0
#endif
#ifndef DISPLACED_MAX
#define DISPLACED_MAX 3 /* publish ids of displaced tasks that a row remembers */
#endif
#define LOG_MAX 7
#define NUMBER_MAX 4

#define STOP 1
#define DELETE 2

/* a row's status */
#define ABSENT 0
#define SENDING 1
#define SUCCESS 2
#define STOPPED 3
#define IS_SETTLED(status) ((status) >= SUCCESS)

/* coordinates; an offset of tasks is COORDINATES - 1 */
#define NOWHERE 0
#define TASKS(offset) (1 + (offset))
#define CONTROL(offset) (8 + (offset))
#define LONG(offset) (16 + (offset))
#define SHORT(offset) (24 + (offset))
#define IS_TIER(coordinates) ((coordinates) >= LONG(0))

/* stages, as in hand.h; HELD: IDLE there, with `held` */
#define IDLE 0
#define HELD 1
#define CALL 2
#define CARRY 3
#define ROW 4

/* what a plan carries, and how it ends */
#define CARRY_NONE 0
#define CARRY_LONG 1
#define CARRY_HOP 2
#define PLAN_COMPLETE 0
#define PLAN_HOLD 1
#define PLAN_ADMIT 2
#define PLAN_MARK 3
#define PLAN_CLEAN 4

/* why a row is to go */
#define CLEAN_NONE 0
#define CLEAN_AGE 1
#define CLEAN_COMMAND 2
#define CLEAN_MARKER 3

typedef Row {
    byte status;
    byte task;      /* id and publish id; 0: a stop's marker */
    byte attempts;
    byte entered;   /* offset in tasks, + 1; 0: none */
    byte src;
    byte at;
    byte ctl;       /* the last command applied to it: its offset + 1 */
    byte displaced; /* tasks whose place it took: a bit each */
    byte replaced;  /* the one whose end is not told yet; 0: none */
    byte stamp      /* of a marker: tasks appended before the stop */
}
typedef Clean {
    byte cause;
    byte task;
    byte src;
    byte log_end; /* + 1; 0: not known */
    byte own      /* of the command */
}

/* the broker */
byte tasks_number[LOG_MAX]; byte tasks_end;
byte control_kind[3]; byte control_stamp[3]; byte control_end;
byte long_task[LOG_MAX]; byte long_end;
byte short_task[LOG_MAX]; byte short_of[LOG_MAX]; byte short_end;
byte tasks_committed; byte control_committed; byte long_committed; byte short_committed;
byte tasks_trimmed;
byte tasks_noted; /* in `:offsets` */
#ifdef REMEMBER_HOME
byte home_end; /* the log end, + 1, when the source of a re-routed task was seen to be committed; 0: it was not */
#define IS_CARRIED_AGAIN(coordinates, of_number) (of_number == 1 && home_end != 0 && (coordinates) >= home_end)
#else
#define IS_CARRIED_AGAIN(coordinates, of_number) false
#endif
Row row;          /* the last that landed: the view */

/* the worker's memory */
byte tasks_next; byte control_next; byte long_next; byte short_next;
byte tasks_done; byte control_done; byte long_done; byte short_done;
byte stage;
/* the record held, or current */
byte own; byte identity; byte number; byte attempt; byte entered; byte ctl; bit has_row;
byte aside_own; byte aside_identity; byte aside_number; /* a held record that a command or a newer task set aside */
Row plan; bit writes_row; bit has_landed; byte tells; /* tasks whose end the plan's event tells: a bit each */
byte carries; byte ends; byte hop_of; bit is_dropping; bit is_told_first;
bit is_control_read;
Clean cleans[2]; /* by age; by command, or a marker */

/* the owner of another partition, who carries a record home */
byte carry_count; byte carries_on_way; byte carries_landed; bit is_source_committed;

/* the world */
byte published; byte commanded; byte crashes; byte hops; bit is_forgotten;
byte i; byte mask; byte policy_count;

/* what the properties remember, a bit for each task */
byte over;     /* settled, displaced or ignored, and that has landed */
byte told;     /* its end stands in `events` */
byte begun[NUMBER_MAX];
byte answered; /* a stop's marker has landed: these had been appended before it */

#define BIT(n) (1 << (n))
#define ALL(n) (BIT(n) - 1)
#define IS_COMPLETE_BELOW(done, n) (((done) & ALL(n)) == ALL(n))
#define IS_CARRIED_BY(of_identity) (row.status == SENDING && row.at == (of_identity))
#define IS_MARKER (row.status == STOPPED && row.task == 0)

inline complete(coordinates)
{
    if
    :: coordinates >= SHORT(0) -> short_done = short_done | BIT(coordinates - SHORT(0))
    :: coordinates >= LONG(0) && coordinates < SHORT(0) -> long_done = long_done | BIT(coordinates - LONG(0))
    :: coordinates >= CONTROL(0) && coordinates < LONG(0) -> control_done = control_done | BIT(coordinates - CONTROL(0))
    :: coordinates >= TASKS(0) && coordinates < CONTROL(0) -> tasks_done = tasks_done | BIT(coordinates - TASKS(0))
    :: else
    fi
}

inline clear_row(of_row)
{
    of_row.status = 0; of_row.task = 0; of_row.attempts = 0; of_row.entered = 0; of_row.src = 0; of_row.at = 0;
    of_row.ctl = 0; of_row.displaced = 0; of_row.replaced = 0; of_row.stamp = 0
}

inline copy_row(to, from)
{
    to.status = from.status; to.task = from.task; to.attempts = from.attempts; to.entered = from.entered;
    to.src = from.src; to.at = from.at; to.ctl = from.ctl; to.displaced = from.displaced; to.replaced = from.replaced;
    to.stamp = from.stamp
}

inline clear_record()
{
    own = 0; identity = 0; number = 0; attempt = 0; entered = 0; ctl = 0; has_row = 0
}

inline clear_plan()
{
    clear_row(plan);
    writes_row = 0; has_landed = 0; tells = 0; carries = CARRY_NONE; ends = PLAN_COMPLETE; hop_of = 0;
        is_dropping = 0; is_told_first = 0
}

inline clear_clean(slot)
{
    cleans[slot].cause = 0; cleans[slot].task = 0; cleans[slot].src = 0; cleans[slot].log_end = 0; cleans[slot].own = 0
}

/* ---- plans ---- */

inline start_plan() /* hand_start_plan() */
{
    if
    :: carries == CARRY_NONE -> stage = ROW
    :: else -> stage = CARRY
    fi
}

inline add_clean(slot, of_cause, of_own)
{
    cleans[slot].cause = of_cause; cleans[slot].task = row.task; cleans[slot].src = row.src;
    cleans[slot].log_end = 0; cleans[slot].own = of_own
}

inline take_aside()
{
    if
    :: aside_own != 0 ->
        own = aside_own; identity = aside_identity; number = aside_number;
        aside_own = 0; aside_identity = 0; aside_number = 0;
        judge(own, identity, number)
    :: else
    fi
}

inline end_plan()
{
    if
    :: ends == PLAN_HOLD || ends == PLAN_ADMIT ->
        stage = HELD; has_row = 1; attempt = row.attempts + 1; entered = row.entered;
        clear_plan();
        if
        :: aside_own != 0 -> /* of the task whose place this one took */
            assert(!IS_CARRIED_BY(aside_identity));
            complete(aside_own);
            aside_own = 0; aside_identity = 0; aside_number = 0
        :: else
        fi
    :: ends == PLAN_MARK ->
        complete(own); clear_record(); clear_plan(); stage = IDLE;
        add_clean(1, CLEAN_MARKER, 0);
        take_aside()
    :: ends == PLAN_CLEAN ->
        add_clean(1, CLEAN_COMMAND, own);
        clear_record(); clear_plan(); stage = IDLE;
        take_aside()
    :: else ->
        complete(own); clear_record(); clear_plan(); stage = IDLE;
        take_aside()
    fi
}

inline land_row()
{
    has_landed = 1;
    if
    :: plan.status != ABSENT && IS_SETTLED(plan.status) -> over = over | (BIT(plan.task) & ~1)
    :: else
    fi;
    if
    :: plan.task != row.task && row.task != 0 && plan.status != ABSENT -> over = over | BIT(row.task) /* displaced */
    :: else
    fi;
    if
    :: plan.status == STOPPED && plan.task == 0 -> answered = plan.stamp
    :: else
    fi;
    copy_row(row, plan)
}

/* ---- judging a record of tasks or a tier ---- */

inline hold_new(coordinates)
{
    stage = HELD; has_row = 0; attempt = 1; entered = coordinates;
    ctl = (row.ctl > control_next -> row.ctl : control_next)
}

inline fill_first_row() /* taken_init_row() */
{
    writes_row = 1;
    plan.status = SENDING; plan.task = number; plan.attempts = 0; plan.entered = entered; plan.ctl = ctl;
    plan.src = identity
}

inline count_displaced(of_mask)
{
    policy_count = ((of_mask >> 1) & 1) + ((of_mask >> 2) & 1) + ((of_mask >> 3) & 1)
}

inline replace_task(coordinates)
{
    hold_new(coordinates);
    fill_first_row();
    plan.at = identity;
#ifndef FORGET_DISPLACED
    plan.displaced = row.displaced | BIT(row.task);
    count_displaced(plan.displaced);
    if
    :: policy_count > DISPLACED_MAX -> plan.displaced = BIT(row.task) /* no room for older ones */
    :: else
    fi;
    policy_count = 0;
#endif
    if
    :: !IS_SETTLED(row.status) -> plan.replaced = row.task; tells = BIT(row.task)
#ifndef OUTCOME_UNTOLD
    :: IS_SETTLED(row.status) -> tells = BIT(row.task); is_told_first = 1 /* its own record will find its row no more */
#endif
    :: else
    fi;
    ends = PLAN_HOLD;
    start_plan()
}

inline drop_duplicate()
{
#ifndef KEEP_CLEANS
    cleans[0].log_end = 0; cleans[1].log_end = 0; /* clean_renew() */
#endif
    tells = BIT(number);
    is_dropping = 1;
    start_plan()
}

inline set_held_aside()
{
    if
    :: stage == HELD -> aside_own = own; aside_identity = identity; aside_number = number; clear_record(); stage = IDLE
    :: else
    fi
}

#ifdef NO_ENTERED
#define IS_OLDER(coordinates) false
#else
#define IS_OLDER(coordinates) (row.entered > (coordinates))
#endif
#define IS_SAME_TASK(of_number) (row.task == (of_number) || (row.displaced & BIT(of_number)))

/* The key's stage is IDLE, or HELD with a row by a record of tasks. own, identity and number are those of the
 * record. */
inline judge_beside_row(coordinates, of_identity, of_number)
{
    if
    :: IS_MARKER && coordinates - 1 < row.stamp -> /* FENCE_MARKED */
        set_held_aside();
        own = coordinates; identity = of_identity; number = of_number; entered = coordinates;
        ctl = row.ctl;
        fill_first_row();
        plan.status = STOPPED; plan.at = NOWHERE; tells = BIT(of_number);
        start_plan()
    :: IS_MARKER && coordinates - 1 >= row.stamp ->
        own = coordinates; identity = of_identity; number = of_number;
        hold_new(coordinates)
    :: !IS_MARKER && (IS_SAME_TASK(of_number) || IS_OLDER(coordinates)) -> complete(coordinates); clear_if_idle()
    :: else -> /* FENCE_DUPLICATE */
        set_held_aside();
        own = coordinates; identity = of_identity; number = of_number;
#ifdef REPLACE
        replace_task(coordinates)
#else
        drop_duplicate()
#endif
    fi
}

inline clear_if_idle()
{
    if
    :: stage == IDLE -> clear_record()
    :: else
    fi
}

inline judge(coordinates, of_identity, of_number)
{
    if
    :: row.status == ABSENT && !IS_TIER(coordinates) && !IS_CARRIED_AGAIN(coordinates, of_number) ->
        own = coordinates; identity = of_identity; number = of_number;
        hold_new(coordinates)
    :: IS_CARRIED_BY(of_identity) ->
        own = coordinates; identity = of_identity; number = of_number;
        has_row = 1; attempt = row.attempts + 1; entered = row.entered;
        if
        :: row.at == row.src || row.replaced != 0 -> /* a row whose event may be missing */
            tells = (row.replaced != 0 -> BIT(row.replaced) : 0);
            ends = PLAN_ADMIT;
            start_plan()
        :: else -> stage = HELD
        fi
    :: row.status != ABSENT && row.src == of_identity && !IS_CARRIED_BY(of_identity) -> /* FENCE_WRITTEN */
        set_held_aside();
        own = coordinates; identity = of_identity; number = of_number;
        tells = (IS_SETTLED(row.status) -> BIT(row.task) : 0) | (row.replaced != 0 -> BIT(row.replaced) : 0);
        start_plan()
    :: row.status != ABSENT && row.src != of_identity && !IS_CARRIED_BY(of_identity) && !IS_TIER(coordinates) ->
        judge_beside_row(coordinates, of_identity, of_number)
    :: else -> complete(coordinates); clear_if_idle() /* FENCE_DELETED, FENCE_STALE */
    fi
}

/* ---- commands ---- */

inline fill_noted_row()
{
    writes_row = 1;
    copy_row(plan, row);
    plan.ctl = control_next
}

/* own is the command's; control_next is past it */
inline leave_marker()
{
    writes_row = 1;
    plan.status = STOPPED; plan.src = own; plan.ctl = control_next; plan.stamp = control_stamp[control_next - 1];
    ends = PLAN_MARK;
    start_plan()
}

inline stop_task(of_end)
{
    if
    :: stage == HELD && !has_row -> /* its row is in memory only */
        fill_first_row();
        set_held_aside();
        plan.src = CONTROL(control_next - 1)
    :: else ->
        fill_noted_row();
        set_held_aside()
    fi;
    own = CONTROL(control_next - 1);
    plan.status = STOPPED; plan.src = own; plan.at = NOWHERE; plan.ctl = control_next;
    tells = BIT(plan.task) | (plan.replaced != 0 -> BIT(plan.replaced) : 0);
    ends = of_end;
    start_plan()
}

inline judge_command(of_kind)
{
    if
    :: stage == HELD && !has_row ->
        if
#ifndef IGNORE_CTL
        :: control_next <= ctl -> complete(CONTROL(control_next - 1)) /* answered before */
#endif
        :: else ->
            if
            :: of_kind == STOP -> stop_task(PLAN_COMPLETE)
            :: else -> stop_task(PLAN_CLEAN)
            fi
        fi
    :: !(stage == HELD && !has_row) && (row.status == ABSENT || IS_MARKER) ->
        own = CONTROL(control_next - 1);
        if
        :: of_kind == STOP -> leave_marker()
        :: else -> complete(own); clear_record() /* not_found */
        fi
    :: !(stage == HELD && !has_row) && row.status != ABSENT && !IS_MARKER ->
        if
#ifndef IGNORE_CTL
        :: control_next <= row.ctl -> /* answer_again() */
            if
            :: of_kind == DELETE && IS_SETTLED(row.status) -> add_clean(1, CLEAN_COMMAND, CONTROL(control_next - 1))
            :: else ->
                set_held_aside();
                own = CONTROL(control_next - 1);
                tells = (row.status == STOPPED &&
                    row.src == own -> BIT(row.task) : 0) | (row.replaced != 0 -> BIT(row.replaced) : 0);
                start_plan()
            fi
#endif
        :: else ->
            if
            :: !IS_SETTLED(row.status) && of_kind == STOP -> stop_task(PLAN_COMPLETE)
            :: !IS_SETTLED(row.status) && of_kind == DELETE -> stop_task(PLAN_CLEAN)
            :: IS_SETTLED(row.status) ->
                own = CONTROL(control_next - 1);
                fill_noted_row();
                tells = (row.replaced != 0 -> BIT(row.replaced) : 0);
                ends = (of_kind == DELETE -> PLAN_CLEAN : PLAN_COMPLETE);
                start_plan()
            fi
        fi
    fi
}

/* ---- attempts ---- */

inline begin_attempt()
{
    assert(!(over & BIT(number)));
    assert(!(answered & BIT(number)));
    assert(attempt <= ATTEMPTS && attempt <= begun[number] + 1);
    begun[number] = (attempt > begun[number] -> attempt : begun[number]);
    stage = CALL
}

inline fill_outcome(of_status, of_at)
{
    writes_row = 1;
    if
    :: has_row -> copy_row(plan, row)
    :: else -> fill_first_row()
    fi;
    plan.status = of_status; plan.attempts = attempt; plan.src = identity; plan.at = of_at; plan.replaced = 0;
    tells = (IS_SETTLED(of_status) -> BIT(number) : 0)
}

/* ---- cleaning ---- */

#ifdef CLEAN_BY_OWN_OFFSET
#define IS_FAR_ENOUGH(slot) (tasks_committed >= row.entered && IS_COMPLETE_BELOW(tasks_done, row.entered))
#else
#define IS_FAR_ENOUGH(slot) \
    (cleans[slot].log_end != 0 && tasks_committed >= cleans[slot].log_end - 1 && \
     IS_COMPLETE_BELOW(tasks_done, cleans[slot].log_end - 1))
#endif
#ifdef CLEAN_UNNOTED
#define IS_NOTED(slot) true
#else
#define IS_NOTED(slot) (cleans[slot].log_end != 0 && tasks_noted >= cleans[slot].log_end - 1)
#endif
/* A re-routed task: its source must be committed before the log end is asked for. */
#ifdef CLEAN_UNSOURCED
#define MAY_ASK_END true
#else
#ifdef STRAY
#define MAY_ASK_END (row.task != 1 || is_source_committed)
#else
#define MAY_ASK_END true
#endif
#endif

inline ask_log_end(slot)
{
    cleans[slot].log_end = tasks_end + 1;
#ifdef REMEMBER_HOME
    /* what its source's owners carry here from now on, they carried before; known to later owners as well */
    if
    :: row.task == 1 && home_end == 0 -> home_end = tasks_end + 1
    :: else
    fi
#endif
}

inline end_clean(slot)
{
    if
    :: row.status != ABSENT && row.task == cleans[slot].task && IS_SETTLED(row.status) &&
       (cleans[slot].cause != CLEAN_AGE || row.src == cleans[slot].src) &&
           (IS_MARKER == (cleans[slot].cause == CLEAN_MARKER)) ->
        own = cleans[slot].own; writes_row = 1; /* a tombstone */
        tells = (BIT(row.task) & ~1);
#ifndef CLEAN_UNTOLD
        is_told_first = 1; /* without its row no record of the task would tell its end again */
#endif
        start_plan()
    :: else -> complete(cleans[slot].own)
    fi;
    clear_clean(slot)
}

/* ---- the worker ---- */

#define CAN_TAKE(coordinates) (stage == IDLE \
    || (stage == HELD && !IS_TIER(coordinates) && has_row && identity != (coordinates)))

proctype Work()
{
end:
    do
    /* tasks, after the commands that were there when it began to own */
    :: d_step { tasks_next < tasks_end && CAN_TAKE(TASKS(tasks_next)) && is_control_read ->
        tasks_next++;
        judge(TASKS(tasks_next - 1), TASKS(tasks_next - 1), tasks_number[tasks_next - 1]) }
    :: d_step { long_next < long_end && stage == IDLE ->
        long_next++;
        judge(LONG(long_next - 1), LONG(long_next - 1), long_task[long_next - 1]) }
    :: d_step { short_next < short_end && stage == IDLE ->
        short_next++;
        judge(SHORT(short_next - 1), short_of[short_next - 1], short_task[short_next - 1]) }
    :: d_step { control_next < control_end && (stage == IDLE || stage == HELD) && cleans[1].cause == CLEAN_NONE ->
        control_next++;
        judge_command(control_kind[control_next - 1]) }
    :: d_step { !is_control_read && (control_next == control_end || cleans[1].cause != CLEAN_NONE) ->
        is_control_read = 1 }
    /* a held record: a wait before its first attempt, a hop or deferral, an attempt */
#ifdef DELAYED
    :: d_step { stage == HELD && !has_row -> /* accept_later() */
        fill_first_row(); plan.at = identity; ends = PLAN_HOLD; start_plan() }
    :: d_step { stage == HELD && !has_row -> fill_first_row(); carries = CARRY_LONG; start_plan() }
#endif
    :: d_step { stage == HELD && has_row && hops < HOPS && IS_CARRIED_BY(identity) ->
        hops++; carries = CARRY_HOP; hop_of = identity; start_plan() }
    :: d_step { stage == HELD -> begin_attempt() }
    :: d_step { stage == CALL -> fill_outcome(SUCCESS, NOWHERE); start_plan() }
    :: d_step { stage == CALL && attempt < ATTEMPTS -> fill_outcome(SENDING, identity); ends = PLAN_HOLD; start_plan() }
    :: d_step { stage == CALL && attempt < ATTEMPTS ->
        fill_outcome(SENDING, NOWHERE); carries = CARRY_LONG; start_plan() }
    /* the plan */
    :: d_step { stage == CARRY ->
        if
        :: carries == CARRY_LONG ->
            assert(long_end < LOG_MAX);
            long_task[long_end] = number; plan.at = LONG(long_end); long_end++
        :: carries == CARRY_HOP ->
            assert(short_end < LOG_MAX);
            short_task[short_end] = number; short_of[short_end] = hop_of; short_end++
        fi;
        stage = ROW }
    :: d_step { stage == ROW && writes_row && !has_landed && !(is_told_first && (tells & ~told)) -> land_row() }
    :: d_step { stage == ROW && (!writes_row || has_landed) ->
        told = told | tells;
        over = (is_dropping -> over | tells : over);
        end_plan() }
    /* an event may land before its row does, but not end the plan */
    :: d_step { stage == ROW && writes_row && !has_landed && (tells & ~told) -> told = told | tells }
    /* committing */
    :: d_step { tasks_done & BIT(tasks_committed) -> tasks_committed++ }
    :: d_step { tasks_noted < tasks_committed -> tasks_noted = tasks_committed }
    /* cleaning */
#ifdef CLEAN
    :: d_step { IS_SETTLED(row.status) && !IS_MARKER && cleans[0].cause == CLEAN_NONE &&
        stage == IDLE -> add_clean(0, CLEAN_AGE, 0) }
#endif
    :: d_step { cleans[0].cause != CLEAN_NONE && cleans[0].log_end == 0 && MAY_ASK_END -> ask_log_end(0) }
    :: d_step { cleans[1].cause != CLEAN_NONE && cleans[1].log_end == 0 && MAY_ASK_END -> ask_log_end(1) }
    :: d_step { cleans[0].cause != CLEAN_NONE && stage == IDLE && IS_FAR_ENOUGH(0) && IS_NOTED(0) -> end_clean(0) }
    :: d_step { cleans[1].cause != CLEAN_NONE && stage == IDLE && IS_FAR_ENOUGH(1) && IS_NOTED(1) -> end_clean(1) }
#ifdef TRIM
    /* where consumed and committed */
#ifdef TRIM_FREELY
    :: d_step { tasks_trimmed < tasks_end -> tasks_trimmed++ }
#else
    :: d_step { tasks_trimmed < tasks_committed && (tasks_done & BIT(tasks_trimmed)) -> tasks_trimmed++ }
#endif
#endif
    od
}

/* ---- the world ---- */

inline append_task(of_number)
{
    assert(tasks_end < LOG_MAX);
    tasks_number[tasks_end] = of_number;
    tasks_end++
}

#define TO_PUBLISH \
    (published == 0 -> PUBLISH_1 : (published == 1 -> PUBLISH_2 : \
     (published == 2 -> PUBLISH_3 : (published == 3 -> PUBLISH_4 : 0))))
#define TO_COMMAND (commanded == 0 -> COMMAND_1 : (commanded == 1 -> COMMAND_2 : 0))

proctype Publisher()
{
end:
    do
    :: d_step { TO_PUBLISH != 0 -> i = TO_PUBLISH; published++; append_task(i); i = 0 }
    :: d_step { TO_COMMAND != 0 ->
        control_kind[control_end] = TO_COMMAND; control_stamp[control_end] = tasks_end; control_end++; commanded++ }
#ifdef STRAY
    :: d_step { !is_source_committed && carry_count < 2 -> carry_count++; carries_on_way++ }
    :: d_step { carries_on_way > 0 -> carries_on_way--; carries_landed++; append_task(1) }
#ifdef LATE_CARRY
    :: d_step { !is_source_committed && carries_landed > 0 -> is_source_committed = 1 }
#else
    :: d_step { !is_source_committed && carries_landed > 0 && carries_on_way == 0 -> is_source_committed = 1 }
#endif
#endif
    od
}

inline start_again() /* a life ends, the next goes on from what was committed */
{
    clear_record(); clear_plan(); clear_clean(0); clear_clean(1);
    aside_own = 0; aside_identity = 0; aside_number = 0;
    stage = IDLE; is_control_read = 0;
    tasks_next = tasks_committed; control_next = control_committed; long_next = long_committed;
        short_next = short_committed;
    tasks_done = ALL(tasks_committed); control_done = ALL(control_committed);
    long_done = ALL(long_committed); short_done = ALL(short_committed);
    assert(tasks_next >= tasks_trimmed) /* what is to be read is there */
}

/* tasks is committed by steps, since cleaning looks at it; of the others what had been is known at the end of a life */
inline commit_some()
{
    do
    :: control_done & BIT(control_committed) -> control_committed++
    :: long_done & BIT(long_committed) -> long_committed++
    :: short_done & BIT(short_committed) -> short_committed++
    :: true -> break
    od
}

proctype Faults()
{
end:
    do
    :: atomic { crashes < CRASHES -> crashes++; commit_some(); d_step { true -> start_again() } }
#ifdef FORGET
    :: d_step { !is_forgotten ->
        is_forgotten = 1;
        tasks_committed = (tasks_noted > tasks_trimmed -> tasks_noted : tasks_trimmed);
        control_committed = 0; long_committed = 0; short_committed = 0;
        start_again() }
#endif
    od
}

/* At rest each task that is here has ended, its end is told, and no offset is held for ever. */
active proctype Rest()
{
    timeout ->
    d_step {
        i = 0;
        do
        :: i < tasks_end -> mask = mask | BIT(tasks_number[i]); i++
        :: else -> break
        od;
        assert((mask & ~over & ~told) == 0);
        assert((mask & ~told) == 0);
        assert(stage == IDLE && row.status != SENDING);
        assert(tasks_done == ALL(tasks_end) && control_done == ALL(control_end));
        assert(long_done == ALL(long_end) && short_done == ALL(short_end))
    }
}

init
{
    atomic { run Work(); run Publisher(); run Faults() }
}
