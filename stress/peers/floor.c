/* The least that fan-out can cost: for each line on standard input, write the same bytes to every
 * socket, with nothing but epoll and write(). Arguments: the file that holds the bytes. A WebSocket
 * handshake is not spoken: its clients connect and read. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 19000 };

static struct { int fd; size_t left; } members[MOST];
static int count;
static char *bytes;
static size_t length;

static void fail(const char *what) { perror(what); exit(1); }

/* What does not fit waits for EPOLLOUT; a member that is behind gets its rest first. */
static void push(int index, int epoll) {
    while (members[index].left > 0) {
        size_t at = (length - members[index].left % length) % length;
        size_t want = length - at < members[index].left ? length - at : members[index].left;
        ssize_t done = write(members[index].fd, bytes + at, want);
        if (done < 0 && errno == EAGAIN) {
            struct epoll_event e = {.events = EPOLLOUT | EPOLLET, .data.u32 = (unsigned) index};
            epoll_ctl(epoll, EPOLL_CTL_MOD, members[index].fd, &e);
            return;
        }
        if (done < 0) { members[index].left = 0; return; }
        members[index].left -= (size_t) done;
    }
}

int main(int argc, char **argv) {
    if (argc < 2) { fprintf(stderr, "usage: floor FILE\n"); return 2; }
    FILE *file = fopen(argv[1], "rb");
    if (!file) fail(argv[1]);
    fseek(file, 0, SEEK_END);
    length = (size_t) ftell(file);
    rewind(file);
    bytes = malloc(length);
    if (!bytes || fread(bytes, 1, length, file) != length) fail("read");

    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);

    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof here;
    if (bind(listener, (struct sockaddr *) &here, size) || listen(listener, 4096)) fail("listen");
    getsockname(listener, (struct sockaddr *) &here, &size);
    printf("port %d\n", ntohs(here.sin_port));
    fflush(stdout);

    int epoll = epoll_create1(0);
    struct epoll_event in = {.events = EPOLLIN, .data.u32 = MOST};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &in);
    in.data.u32 = MOST + 1;
    epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &in);

    struct epoll_event events[512];
    for (;;) {
        int ready = epoll_wait(epoll, events, 512, -1);
        for (int i = 0; i < ready; i++) {
            unsigned who = events[i].data.u32;
            if (who == MOST) {
                int fd;
                while (count < MOST && (fd = accept4(listener, 0, 0, SOCK_NONBLOCK)) >= 0) {
                    int on = 1;
                    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                    members[count].fd = fd;
                    struct epoll_event e = {.events = EPOLLET, .data.u32 = (unsigned) count};
                    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e);
                    count++;
                }
            } else if (who == MOST + 1) {
                char line[256];
                ssize_t got = read(0, line, sizeof line);
                if (got <= 0) return 0;
                for (ssize_t c = 0; c < got; c++) {
                    if (line[c] != '\n') continue;
                    for (int m = 0; m < count; m++) {
                        members[m].left += length;
                        push(m, epoll);
                    }
                }
            } else {
                push((int) who, epoll);
            }
        }
    }
}
