#include "courier_destination.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "invariant.h"

#define FNV_OFFSET UINT64_C(14695981039346656037)
#define FNV_PRIME UINT64_C(1099511628211)

/* Only where to cut is decided here; what the text means is left to url_parse(). Without a "//" all of it counts. */
static size_t get_prefix_bytes(const char *url)
{
    const char *slashes = strstr(url, "://");

    if (slashes == NULL)
        return strlen(url);
    return (size_t)(slashes - url) + 3 + strcspn(slashes + 3, "/?#");
}

static uint64_t get_hash(const char *text, size_t text_bytes)
{
    uint64_t hash = FNV_OFFSET;

    for (size_t i = 0; i < text_bytes; i++)
        hash = (hash ^ (unsigned char)text[i]) * FNV_PRIME;
    return hash ^ hash >> 32;
}

static struct courier_destination **get_bucket(struct courier_destinations *destinations, uint64_t hash)
{
    return &destinations->buckets[hash % COURIER_DESTINATION_BUCKETS];
}

static struct courier_destination *find(struct courier_destinations *destinations, uint64_t hash, const char *prefix,
                                        size_t prefix_bytes)
{
    struct courier_destination *destination = *get_bucket(destinations, hash);

    while (destination != NULL) {
        if (destination->hash == hash && destination->prefix_bytes == prefix_bytes &&
            memcmp(destination->prefix, prefix, prefix_bytes) == 0)
            break;
        destination = destination->next_in_bucket;
    }
    return destination;
}

static void link_newest(struct courier_destinations *destinations, struct courier_destination *destination)
{
    destination->older = destinations->newest;
    destination->newer = NULL;
    if (destinations->newest != NULL)
        destinations->newest->newer = destination;
    else
        destinations->oldest = destination;
    destinations->newest = destination;
}

static void unlink_by_use(struct courier_destinations *destinations, struct courier_destination *destination)
{
    if (destination->newer != NULL)
        destination->newer->older = destination->older;
    else
        destinations->newest = destination->older;
    if (destination->older != NULL)
        destination->older->newer = destination->newer;
    else
        destinations->oldest = destination->newer;
}

static void drop(struct courier_destinations *destinations, struct courier_destination *destination)
{
    struct courier_destination **at = get_bucket(destinations, destination->hash);

    while (*at != destination)
        at = &(*at)->next_in_bucket;
    *at = destination->next_in_bucket;
    unlink_by_use(destinations, destination);
    destinations->count--;
    free(destination->prefix);
    free(destination);
}

static void drop_oldest_unused(struct courier_destinations *destinations)
{
    struct courier_destination *destination = destinations->oldest;

    while (destination != NULL && destination->use_count > 0)
        destination = destination->newer;
    if (destination != NULL)
        drop(destinations, destination);
}

static struct courier_destination *add(struct courier_destinations *destinations, const struct params *params,
                                       const struct courier_destination *template)
{
    struct courier_destination *destination = alloc_copy(template, sizeof *template);
    struct courier_destination **bucket = get_bucket(destinations, destination->hash);

    destination->prefix = alloc_copy(template->prefix, template->prefix_bytes);
    destination->params = params_get_destination(params, destination->url.host);
    destination->next_in_bucket = *bucket;
    *bucket = destination;
    link_newest(destinations, destination);
    destinations->count++;
    return destination;
}

enum rc courier_destinations_get(struct courier_destinations *destinations, const struct params *params,
                                 const char *url, struct courier_destination **ret_destination, char *errstr,
                                 size_t errstr_bytes)
{
    size_t prefix_bytes = get_prefix_bytes(url);
    uint64_t hash = get_hash(url, prefix_bytes);
    struct courier_destination *destination = find(destinations, hash, url, prefix_bytes);

    if (destination == NULL) {
        struct courier_destination template = {.hash = hash, .prefix = (char *)url, .prefix_bytes = prefix_bytes};
        enum rc rc = url_parse(url, &template.url, errstr, errstr_bytes);

        if (rc != RC_OK)
            return rc;
        if (destinations->count >= COURIER_DESTINATION_MAX)
            drop_oldest_unused(destinations);
        destination = add(destinations, params, &template);
    } else if (destination != destinations->newest) {
        unlink_by_use(destinations, destination);
        link_newest(destinations, destination);
    }
    destination->use_count++;
    *ret_destination = destination;
    return RC_OK;
}

void courier_destination_release(struct courier_destination *destination)
{
    if (destination == NULL)
        return;
    INVARIANT(destination->use_count > 0);
    destination->use_count--;
}

void courier_destinations_close(struct courier_destinations *destinations)
{
    while (destinations->oldest != NULL)
        drop(destinations, destinations->oldest);
}
