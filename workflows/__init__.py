"""The workflows of marketplace complaints, one file each; see docs/ for writing your own."""
