/* A small program with code, constants, data and zeroed data in two memories, for the loader. */
extern int counter[4];
int counter[4] = {1, 2, 3, 4};
static const char text[] = "leyden";
int zeroed[300];
__attribute__((section(".far"))) const int far_table[3] = {7, 8, 9};

__attribute__((noinline)) int helper(int x) { return x * counter[x & 3] + text[x % 6]; }
void _start(void) {
  zeroed[0] = helper(3);
  for (;;) {
  }
}
