/* Returns 7 from main: the run fails with code 7. */
int main(void) { return 7; }
