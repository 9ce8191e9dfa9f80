/* A small pool of POSIX threads.
 *
 * One job runs at a time: a function over n ranges, claimed one by one from an atomic counter by
 * the caller and by whichever workers are awake. The caller never waits for a worker that has not
 * started, so a descheduled worker costs nothing: its share is done by the others. A second
 * caller (another Python thread, or a job inside a job) finds the pool busy and works alone.
 *
 * After fork the child has no workers; a handler makes it forget them, and they are started anew
 * when next needed.
 */
#if defined(__linux__)
#define _GNU_SOURCE /* sched_getaffinity */
#endif
#include "minigrad.h"
#include "parallel.h"
#include "platform.h"

#if MG_THREADS

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

/* A worker looks for more to do for some tenths of a millisecond before it sleeps: longer than it
 * is from one kernel of a training step to the next, and less than it may take to wake it up. */
enum { MAX_WORKERS = 255, SPINS = 20000 };

struct job {
    mg_range_function *function;
    void *argument;
    ptrdiff_t n, grain;
    _Atomic ptrdiff_t next; /* the first item nobody has claimed */
};

static struct {
    pthread_mutex_t owner; /* held by the caller whose job runs */
    pthread_mutex_t lock;  /* guards what follows */
    pthread_cond_t wake, done;
    struct job *job; /* NULL: nothing to join */
    int seats;       /* how many more workers may join the job */
    int workers;     /* how many have been started */
    _Atomic int active;
    _Atomic unsigned long ticket; /* changes with every job */
} pool = {.owner = PTHREAD_MUTEX_INITIALIZER,
          .lock = PTHREAD_MUTEX_INITIALIZER,
          .wake = PTHREAD_COND_INITIALIZER,
          .done = PTHREAD_COND_INITIALIZER};

static _Atomic int num_threads = 1;

static inline void relax(void) {
#if MG_X86
    __builtin_ia32_pause();
#endif
}

static void work(struct job *job) {
    ptrdiff_t begin;
    while ((begin = atomic_fetch_add(&job->next, job->grain)) < job->n) {
        ptrdiff_t left = job->n - begin;
        job->function(job->argument, begin, begin + (left < job->grain ? left : job->grain));
    }
}

static void *worker(void *unused) {
    (void)unused;
    unsigned long seen = 0;
    for (;;) {
        for (int i = 0; i < SPINS && atomic_load(&pool.ticket) == seen; i++) relax();
        pthread_mutex_lock(&pool.lock);
        while (atomic_load(&pool.ticket) == seen) pthread_cond_wait(&pool.wake, &pool.lock);
        seen = atomic_load(&pool.ticket);
        struct job *job = pool.seats > 0 ? pool.job : NULL;
        if (job) {
            pool.seats--;
            atomic_fetch_add(&pool.active, 1);
        }
        pthread_mutex_unlock(&pool.lock);
        if (!job) continue;
        work(job);
        pthread_mutex_lock(&pool.lock);
        if (atomic_fetch_sub(&pool.active, 1) == 1) pthread_cond_signal(&pool.done);
        pthread_mutex_unlock(&pool.lock);
    }
    return NULL;
}

/* Both locks fresh and no workers: the state of a new process. */
static void forget_workers(void) {
    pthread_mutex_init(&pool.owner, NULL);
    pthread_mutex_init(&pool.lock, NULL);
    pthread_cond_init(&pool.wake, NULL);
    pthread_cond_init(&pool.done, NULL);
    pool.job = NULL;
    pool.workers = 0;
    atomic_store(&pool.active, 0);
    atomic_store(&pool.ticket, 0);
}

/* Start workers until `wanted` exist; fewer is no error. Signals stay with Python's threads. */
static void start_workers(int wanted) {
    static int handler_installed = 0;
    if (!handler_installed) {
        if (pthread_atfork(NULL, NULL, forget_workers) != 0) return;
        handler_installed = 1;
    }
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_t thread;
    while (pool.workers < wanted && pool.workers < MAX_WORKERS &&
           pthread_create(&thread, &attributes, worker, NULL) == 0)
        pool.workers++;
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void mg_parallel(mg_range_function *function, void *argument, ptrdiff_t n, ptrdiff_t grain) {
    struct job job = {function, argument, n, grain, 0};
    ptrdiff_t ranges = (n + grain - 1) / grain;
    int helpers = atomic_load(&num_threads) - 1;
    if (ranges - 1 < helpers) helpers = (int)(ranges - 1);
    if (helpers <= 0 || pthread_mutex_trylock(&pool.owner) != 0) {
        work(&job);
        return;
    }
    start_workers(helpers);
    pthread_mutex_lock(&pool.lock);
    pool.job = &job;
    pool.seats = helpers;
    atomic_fetch_add(&pool.ticket, 1);
    pthread_cond_broadcast(&pool.wake);
    pthread_mutex_unlock(&pool.lock);

    work(&job);

    pthread_mutex_lock(&pool.lock);
    pool.job = NULL; /* nobody joins any more */
    pool.seats = 0;
    pthread_mutex_unlock(&pool.lock);
    for (int i = 0; i < SPINS && atomic_load(&pool.active) > 0; i++) relax();
    pthread_mutex_lock(&pool.lock);
    while (atomic_load(&pool.active) > 0) pthread_cond_wait(&pool.done, &pool.lock);
    pthread_mutex_unlock(&pool.lock);
    pthread_mutex_unlock(&pool.owner);
}

int mg_thread_support(void) { return 1; }
int mg_get_num_threads(void) { return atomic_load(&num_threads); }
void mg_set_num_threads(int n) { atomic_store(&num_threads, n); }

int mg_count_cores(void) {
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (int)count : 1;
}

#else /* no threads: the same ranges, one after another */

void mg_parallel(mg_range_function *function, void *argument, ptrdiff_t n, ptrdiff_t grain) {
    for (ptrdiff_t begin = 0; begin < n; begin += grain)
        function(argument, begin, n - begin < grain ? n : begin + grain);
}

int mg_thread_support(void) { return 0; }
int mg_get_num_threads(void) { return 1; }
void mg_set_num_threads(int n) { (void)n; }
int mg_count_cores(void) { return 1; }

#endif
