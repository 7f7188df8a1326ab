"""Cards of Combine's repository, and Combine's arithmetic for them."""
