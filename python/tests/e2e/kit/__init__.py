"""What the end-to-end tests stand on: real parts, the installed wheel, submitters, flows, and a look for leftovers."""
