/* Never ends: an endless loop. */
int main(void) {
  for (;;) __asm__ volatile("");
}
