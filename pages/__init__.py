"""What people see: pages for learners, community managers, learning officers, producers, analysts and admins."""
