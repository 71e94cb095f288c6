/* A page of a list of tasks, as the command reads it from whatever listens at an admin address: each row lies within
 * the answer, rows follow one another, and cursor and partitions keep their limits. */
#include "fuzz.h"

#include "row_json.h"
#include "task_page.h"

static void check_rows(const struct task_page *page, const char *json, size_t json_bytes)
{
    const char *end = json;

    FUZZ_CHECK(page->row_count <= TASK_PAGE_ROW_MAX);
    for (size_t i = 0; i < page->row_count; i++) {
        const struct task_page_row *cut = &page->rows[i];
        struct row row = {0};

        FUZZ_CHECK(cut->json >= end && cut->json_bytes > 0);
        end = cut->json + cut->json_bytes;
        FUZZ_CHECK(end <= json + json_bytes);
        row_decode(cut->json, cut->json_bytes, &row, NULL, 0);
        row_close(&row);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char errstr[FUZZ_ERRSTR_BYTES] = "";
    struct task_page *page = calloc(1, sizeof *page);

    FUZZ_CHECK(page != NULL);
    if (task_page_read((const char *)data, size, page, errstr, sizeof errstr) == RC_OK) {
        check_rows(page, (const char *)data, size);
        FUZZ_CHECK(strlen(page->next_cursor) <= TASK_PAGE_CURSOR_MAX_BYTES);
        for (size_t i = 0; i < page->missing_count; i++)
            FUZZ_CHECK(page->missing[i] >= 0);
    } else {
        fuzz_check_errstr(errstr);
    }
    task_page_close(page);
    free(page);
    return 0;
}
