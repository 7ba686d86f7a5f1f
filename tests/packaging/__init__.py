"""Does an installed package hold everything, however it was installed?"""
