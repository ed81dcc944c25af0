"""Which remedy helps on your data, if any?"""
