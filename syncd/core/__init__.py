"""The pure core: values in, values out. No clock, no log, no I/O.

The words, said once and kept everywhere (code, YAML, columns, metrics, pages):

| word              | means                                                                    |
|-------------------|--------------------------------------------------------------------------|
| issue / record    | the thing in the source / in the target                                  |
| link              | that this issue and that record are one                                  |
| comment / note    | in the source / in the target                                            |
| desired, current  | what the mapping wants / what the target has                             |
| applied, attempted| what we know we wrote / what we were writing                             |
| plan, action, skip| what is to be done, one piece of it, and nothing with a reason           |
| outcome           | what came of it                                                          |
| cycle, sweep, backfill | one round of changes / all issues, routine / all issues, on request |
| park              | set a failing issue aside to try later                                   |
| hold              | decide not to act, and say so                                            |
"""
