//! Floor 2: the Dollr emulator, pure.
