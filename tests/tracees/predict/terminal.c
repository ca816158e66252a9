// A terminal's ioctls, and those of every descriptor.
#include "predict.h"
#include <sys/ioctl.h>
#include <termios.h>

int main(void) {
  const int master = posix_openpt(O_RDWR | O_NOCTTY);
  CHECK(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
  const int fd = open(ptsname(master), O_RDWR | O_NOCTTY);
  CHECK(fd >= 0 && write(master, "ab\n", 3) == 3);
  struct winsize size = {.ws_row = 24, .ws_col = 80, .ws_xpixel = 1, .ws_ypixel = 2};
  int number = 0;
  begin();
  expect(call(ioctl, fd, TIOCSWINSZ, &size), "ioctl(%d, TIOCSWINSZ, {ws_row=24, ws_col=80, ws_xpixel=1, ws_ypixel=2})", fd);
  expect(call(ioctl, fd, TIOCGWINSZ, &size), "ioctl(%d, TIOCGWINSZ, {ws_row=24, ws_col=80, ws_xpixel=1, ws_ypixel=2})", fd);
  const long waiting = call(ioctl, fd, FIONREAD, &number);
  expect(waiting, "ioctl(%d, FIONREAD, [%d])", fd, number);
  number = 0;
  expect(call(ioctl, fd, FIONBIO, &number), "ioctl(%d, FIONBIO, [0])", fd);
  expect(call(ioctl, fd, FIOCLEX), "ioctl(%d, FIOCLEX)", fd);
  expect(call(ioctl, fd, TCFLSH, TCIFLUSH), "ioctl(%d, TCFLSH, TCIFLUSH)", fd);
  expect(call(ioctl, fd, TCXONC, TCOON), "ioctl(%d, TCXONC, TCOON)", fd);
  expect(call(ioctl, fd, TIOCEXCL), "ioctl(%d, TIOCEXCL)", fd);
  const long name = call(ioctl, master, TIOCGPTN, &number);
  expect(name, "ioctl(%d, TIOCGPTN, [%d])", master, number);
  number = TIOCM_DTR | TIOCM_RTS;
  expect(call(ioctl, fd, TIOCMSET, &number), "ioctl(%d, TIOCMSET, [TIOCM_DTR|TIOCM_RTS])", fd);
  expect(call(ioctl, -1, TCGETS, &number), "ioctl(-1, TCGETS, %p)", (void*)&number);
  expect(call(ioctl, -1, _IOC(_IOC_WRITE, 'x', 5, 7), 9), "ioctl(-1, _IOC(_IOC_WRITE, 0x78, 0x5, 0x7), 0x9)");
  end();
}
