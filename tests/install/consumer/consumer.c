/* A stranger's program on the installed library, valid C99 and C++11: prints the version, and ends 0 if a wrong setting
 * is refused by name and a task is checked. json_parse and rc_fail are names inside the library, too: the two must not
 * meet. */
#include <autohttp.h>
#include <stdio.h>
#include <string.h>

int json_parse(void);
int rc_fail(void);

int json_parse(void)
{
    return 1;
}

int rc_fail(void)
{
    return 2;
}

static int refuses_wrong_settings(void)
{
    char errstr[512] = "";
    autohttp_config_t *config = autohttp_config_new();
    enum autohttp_rc rc = autohttp_config_set(config, "no.such.setting", "1", errstr, sizeof errstr);
    int is_refused = rc == AUTOHTTP_INVALID && strstr(errstr, "no.such.setting") != NULL;

    autohttp_config_free(config);
    return is_refused;
}

static int checks_tasks(void)
{
    char errstr[512] = "";
    const char json[] = "{\"business_type\":\"order\",\"business_id\":\"1\",\"url\":\"http://a.example/\"}";
    autohttp_task_t *task = NULL;
    enum autohttp_rc rc = autohttp_task_from_json(json, sizeof json - 1, &task, errstr, sizeof errstr);
    int is_good = rc == AUTOHTTP_OK && autohttp_task_check(task, errstr, sizeof errstr) == AUTOHTTP_OK;

    if (is_good) {
        autohttp_task_set_url(task, "ftp://a.example/", AUTOHTTP_TEXT);
        is_good = autohttp_task_check(task, errstr, sizeof errstr) == AUTOHTTP_INVALID && strstr(errstr, "url") != NULL;
    }
    autohttp_task_free(task);
    return is_good;
}

int main(void)
{
    printf("%s\n", autohttp_version());
    return refuses_wrong_settings() && checks_tasks() && json_parse() + rc_fail() == 3 ? 0 : 1;
}
