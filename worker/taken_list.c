#include "taken_list.h"
#include "taken.h"

void taken_list_push(struct taken_list *list, struct taken *taken)
{
    taken->next = NULL;
    taken->prev = list->last;
    if (list->last != NULL) {
        list->last->next = taken;
    } else {
        list->first = taken;
    }
    list->last = taken;
    list->count++;
}

void taken_list_push_first(struct taken_list *list, struct taken *taken)
{
    taken->prev = NULL;
    taken->next = list->first;
    if (list->first != NULL) {
        list->first->prev = taken;
    } else {
        list->last = taken;
    }
    list->first = taken;
    list->count++;
}

void taken_list_remove(struct taken_list *list, struct taken *taken)
{
    if (taken->prev != NULL) {
        taken->prev->next = taken->next;
    } else {
        list->first = taken->next;
    }
    if (taken->next != NULL) {
        taken->next->prev = taken->prev;
    } else {
        list->last = taken->prev;
    }
    taken->prev = NULL;
    taken->next = NULL;
    list->count--;
}
